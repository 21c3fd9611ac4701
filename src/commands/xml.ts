import type {Plan} from '../backend/types.ts';
import type {Element} from '../backend/xml/element.ts';
import type {XmlLine} from '../backend/xml/write-xml.ts';
import type {Output} from '../core/output.ts';
import {ShellError} from '../core/errors.ts';
import {safeText} from '../core/text.ts';
import {defineCommand, flag, option, optional, WrongArgument} from './command.ts';
import {text} from './kinds.ts';
import {anyName} from './names.ts';
import {planOf} from './plan-of.ts';
import {callingFor} from './running.ts';

export const xml = defineCommand({
	name: 'xml',
	aliases: ['dumpxml'],
	group: 'definition',
	summary: 'Print the domain XML that libvirt would get, or has',
	description:
		'Of a definition: nothing is started, and identities that are chosen at the start (id, uuid, state directory) are made up. A NAME that is no definition is a domain of the connection: its XML is what libvirt has.',
	params: {
		name: optional(anyName, 'the definition, else the domain; left out: the current definition'),
		causes: flag('what brought each line about, beside it (definitions only)'),
		path: option(text('PATH'), 'only what lies at a path, as /domain/devices/console[2]'),
		xpath: option(text('EXPRESSION'), 'only what an XPath 1.0 expression gives'),
		wrap: flag('with --xpath: all of it in one element, <nodes>'),
	},
	examples: [
		['new web; mount ram:/scratch=64M; xml', 'prints the domain with the mount'],
		['new web; mount ram:/scratch=64M; xml --causes', 'and what each line comes from'],
		['new web; xml --path /domain/memory', 'prints one element'],
		["new web; xml --xpath '//filesystem/target/@dir'", 'prints every mount point'],
		['new web; xml --xpath //console --wrap', 'a document of all consoles'],
	],
	check({causes, path, xpath, wrap}) {
		if (wrap && xpath === undefined) {
			throw new WrongArgument('wrap', '--wrap has no meaning without --xpath', "Write xml --xpath '//filesystem' --wrap.");
		}
		if (xpath !== undefined && (causes || path !== undefined)) {
			throw new WrongArgument('xpath', `--xpath and --${causes ? 'causes' : 'path'} exclude each other`, 'Give one of them.');
		}
	},
	async *run({name, causes, path, xpath, wrap}, context) {
		const {session, sandboxes} = context;
		const plan: Pick<Plan, 'xml' | 'document'> =
			name === undefined || session.has(name) ? await planOf(context, name) : {xml: await sandboxes.domainXml(name, callingFor(context, name))};
		if (xpath !== undefined) {
			yield* select(await documentOf(plan), xpath, wrap);
			return;
		}
		if (!causes && path === undefined) {
			yield {kind: 'document', format: 'xml', text: plan.xml};
			return;
		}
		if (causes && plan.document === undefined) {
			throw new ShellError('unavailable', `What brought about the XML of '${name ?? ''}' is not known`, {
				hint: 'Only a definition of this session tells that.',
			});
		}
		const {writeXmlLines} = await import('../backend/xml/write-xml.ts');
		const all = writeXmlLines(await documentOf(plan));
		const lines = path === undefined ? all : all.filter((line) => line.path === path || line.path.startsWith(`${path}/`));
		if (lines.length === 0) {
			throw new ShellError('not-found', `The XML has nothing at ${path ?? ''}`, {
				hint: "With --output json, 'xml --causes' tells the path of every line.",
			});
		}
		if (!causes) {
			yield {kind: 'document', format: 'xml', text: lines.map((line) => `${line.text}\n`).join('')};
			return;
		}
		yield context.output === 'json' ? causeTable(lines) : {kind: 'document', format: 'xml', text: causesBeside(lines)};
	},
});

async function documentOf({document, xml: source}: Pick<Plan, 'xml' | 'document'>): Promise<Element> {
	if (document !== undefined) {
		return document;
	}
	const {readXml} = await import('../backend/xml/read-xml.ts');
	return readXml(source);
}

async function* select(document: Element, expression: string, wrap: boolean): AsyncGenerator<Output> {
	const {selectXPath, wrapNodes} = await import('../backend/xml/select-xpath.ts');
	const selection = await selectXPath(document, expression);
	if (selection.kind === 'value') {
		yield {kind: 'document', format: 'text', text: `${selection.text}\n`};
		return;
	}
	yield {kind: 'document', format: 'xml', text: wrap ? wrapNodes(selection.texts) : selection.texts.join('')};
}

function causeTable(lines: readonly XmlLine[]): Output {
	return {
		kind: 'table',
		columns: [{name: 'text'}, {name: 'path'}, {name: 'cause'}, {name: 'causeKind'}],
		rows: lines.map((line) => ({text: line.text, path: line.path, cause: line.cause?.text ?? null, causeKind: line.cause?.kind ?? null})),
	};
}

function causesBeside(lines: readonly XmlLine[]): string {
	const room = Math.min(76, Math.max(...lines.map((line) => line.text.length)));
	const beside = lines.map((line, index) => {
		const isNew = line.cause !== undefined && line.cause !== lines[index - 1]?.cause;
		return isNew ? `${line.text.padEnd(room)}  <!-- ${safeText(line.cause?.text ?? '').replaceAll('--', '- -')} -->` : line.text;
	});
	return `${beside.join('\n')}\n`;
}
