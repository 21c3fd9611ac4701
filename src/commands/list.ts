import {ShellError} from '../core/errors.ts';
import {defineCommand, flag} from './command.ts';
import {isDirty} from './session.ts';
import type {DomainRow} from './sandboxes.ts';

export const list = defineCommand({
	name: 'list',
	group: 'definition',
	summary: 'List running sandboxes and the definitions of this session',
	description: "States are libvirt's words; a definition that does not run is 'defined'.",
	params: {all: flag('domains that are not ours too, in every state')},
	examples: [
		['list', 'lists sandboxes and definitions'],
		['list --all', 'lists every domain of the connection too'],
	],
	async *run({all}, {session, sandboxes, signal}) {
		let domains: readonly DomainRow[] = [];
		try {
			domains = await sandboxes.list({all, uri: session.uri, signal});
		} catch (error) {
			if (!(error instanceof ShellError) || error.code !== 'unavailable' || session.definitions.length === 0 || all) {
				throw error;
			}
			yield {kind: 'notice', level: 'warning', code: 'unavailable', message: error.message, ...(error.hint === undefined ? {} : {hint: error.hint})};
		}
		const running = new Set(domains.map(({name}) => name));
		const mark = (name: string) => (session.current?.name === name ? '*' : '');
		yield {
			kind: 'table',
			columns: [{name: 'id'}, {name: 'name'}, {name: 'state'}, {name: 'current'}, {name: 'changed'}, {name: 'uri'}],
			rows: [
				...domains.map(({id, name, state, uri}) => {
					const definition = session.state.definitions.get(name);
					return {id: id ?? null, name, state, current: mark(name), changed: definition !== undefined && isDirty(definition), uri};
				}),
				...session.definitions
					.filter(({name}) => !running.has(name))
					.map((definition) => ({
						id: null,
						name: definition.name,
						state: 'defined',
						current: mark(definition.name),
						changed: isDirty(definition),
						uri: definition.spec.uri ?? session.uri ?? null,
					})),
			],
		};
	},
});
