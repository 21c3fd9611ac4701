import {ShellError} from '../core/errors.ts';
import {tableOf} from '../core/output.ts';
import {defineCommand, flag} from './command.ts';
import {isDirty} from './session.ts';
import type {CommandContext} from './context.ts';
import type {Calling, DomainRow} from './sandboxes.ts';

export const list = defineCommand({
	name: 'list',
	group: 'definition',
	summary: 'List running sandboxes and the definitions of this session',
	description: "States are libvirt's words; a definition that does not run is 'defined'.",
	params: {all: flag('also domains that are not ours, in every state')},
	examples: [
		['list', 'lists sandboxes and definitions'],
		['list --all', 'lists every domain of the connection too'],
	],
	async *run({all}, context) {
		const {session, sandboxes, signal} = context;
		let domains: readonly DomainRow[] = [];
		try {
			domains = await sandboxes.list({all, uri: session.uri, signal});
			domains = [...domains, ...(await listElsewhere(context, domains))];
		} catch (error) {
			if (!(error instanceof ShellError) || error.code !== 'unavailable' || session.definitions.length === 0 || all) {
				throw error;
			}
			yield {kind: 'notice', level: 'warning', code: 'unavailable', message: error.message, ...(error.hint === undefined ? {} : {hint: error.hint})};
		}
		const running = new Set(domains.map(({name}) => name));
		const mark = (name: string) => (session.current?.name === name ? '*' : '');
		const idle = session.definitions.filter(({name}) => !running.has(name));
		yield tableOf(
			['id', 'name', 'state', 'current', 'changed', 'uri'],
			[
				...domains.map(({id, name, state, uri}) => {
					const definition = session.state.definitions.get(name);
					return {id, name, state, current: mark(name), changed: definition !== undefined && isDirty(definition), uri};
				}),
				...idle.map((definition) => ({
					id: undefined,
					name: definition.name,
					state: 'defined',
					current: mark(definition.name),
					changed: isDirty(definition),
					uri: definition.spec.uri ?? session.uri,
				})),
			],
		);
	},
});

/** Sandboxes of definitions that go to other connections than the session's. One that does not answer hides nothing of the rest. */
async function listElsewhere({session, sandboxes, signal}: CommandContext, known: readonly DomainRow[]): Promise<readonly DomainRow[]> {
	const callings = new Map<string, Calling>();
	for (const {spec} of session.definitions) {
		const calling = {uri: spec.uri ?? session.uri, backend: spec.backend, signal};
		const isSame = calling.uri === session.uri && (calling.uri !== undefined || calling.backend === undefined);
		if (!isSame) {
			callings.set(`${calling.uri ?? ''} ${calling.backend ?? ''}`, calling);
		}
	}
	const lists = await Promise.all([...callings.values()].map((calling) => sandboxes.list({...calling, all: false}).catch(() => [])));
	const names = new Set(session.definitions.map(({name}) => name));
	const seen = new Set(known.map(({name, uri}) => `${uri} ${name}`));
	return lists.flat().filter(({name, uri}) => {
		const isNew = names.has(name) && !seen.has(`${uri} ${name}`);
		seen.add(`${uri} ${name}`);
		return isNew;
	});
}
