import {ShellError} from '../../core/errors.ts';
import {enumerateWords} from '../../core/enumerate-words.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {explainLibvirtError} from '../host/libvirtd/explain-libvirt-error.ts';
import type {Connection} from '../libvirt/index.ts';
import {readXml} from '../xml/read-xml.ts';
import {childElements, type Element} from '../xml/element.ts';

type Filters = Pick<Connection, 'networkFilterGetXmlDesc'>;

/** What libvirt knows of each interface itself, and what it learns from the packets of one, unless it is told not to. */
const [known, learned, learning] = ['MAC', 'IP', 'CTRL_IP_LEARNING'];

/** Throws where libvirt lacks a network filter, or one a value: a start that fails of that leaves a network link of the host's behind. */
export async function requireFilters({networks}: Pick<SandboxSpec, 'networks'>, {connection}: {readonly connection: Filters}, uri: string): Promise<void> {
	for (const {filter} of networks) {
		if (filter === undefined) continue;
		const {name, parameters} = filter;
		const wanted = new Set<string>();
		await findWanted(name, new Set([known, ...Object.keys(parameters)]), {connection, uri, wanted, path: []});
		if (parameters[learning] !== 'none') wanted.delete(learned);
		if (wanted.size === 0) continue;
		const words = [...wanted].map((each) => `filter.${each}`);
		throw new ShellError('refused', `The network filter '${name}' needs ${enumerateWords(words, 'and')}`, {
			hint: `Write -N filter=${name},${words.map((word) => `${word}=VALUE`).join(',')}`,
		});
	}
}

interface Search {
	readonly connection: Filters;
	readonly uri: string;
	/** Of variables that nobody has given. */
	readonly wanted: Set<string>;
	/** The filters that refer to this one. */
	readonly path: readonly string[];
}

/** Finds the variables of a filter, and of those it refers to. */
async function findWanted(name: string, given: ReadonlySet<string>, search: Search): Promise<void> {
	if (search.path.includes(name)) return;
	const below = {...search, path: [...search.path, name]};
	const visit = async (element: Element): Promise<void> => {
		const {name: kind, attributes} = element;
		if (kind === 'filterref') {
			const parameters = childElements(element).flatMap((child) => child.attributes['name'] ?? []);
			await findWanted(attributes['filter'] ?? '', new Set([...given, ...parameters]), below);
			return;
		}
		for (const value of Object.values(attributes)) {
			const [, variable] = /^\$(\w+)/.exec(value) ?? [];
			if (variable !== undefined && !given.has(variable)) search.wanted.add(variable);
		}
		for (const child of childElements(element)) await visit(child);
	};
	await visit(await readXml(await readFilter(name, search)));
}

async function readFilter(name: string, {connection, uri}: Search): Promise<string> {
	try {
		return await connection.networkFilterGetXmlDesc(name);
	} catch (error) {
		throw explainLibvirtError(error, uri);
	}
}
