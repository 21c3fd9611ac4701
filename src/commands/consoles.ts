import {defineCommand, optional} from './command.ts';
import {runningName} from './names.ts';
import {callingFor, runningNameOf} from './running.ts';

export const consoles = defineCommand({
	name: 'consoles',
	group: 'consoles',
	summary: 'List the consoles of a sandbox',
	params: {name: optional(runningName, 'the sandbox; left out: the current one')},
	examples: [['consoles web', 'lists them with what each is']],
	async *run({name}, context) {
		const target = runningNameOf(context, name);
		const rows = await context.sandboxes.consoles(target, callingFor(context, target));
		yield {
			kind: 'table',
			columns: [{name: 'name'}, {name: 'kind'}, {name: 'state'}],
			rows: rows.map(({name: console, kind, state}) => ({name: console, kind, state})),
		};
	},
});
