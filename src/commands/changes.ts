import {tableOf} from '../core/output.ts';
import {compareItems} from '../spec/items.ts';
import {defineCommand, flag, optional} from './command.ts';
import {definitionName} from './names.ts';
import {quoteWord} from './quote-word.ts';

export const changes = defineCommand({
	name: 'changes',
	group: 'definition',
	summary: 'Show what changed since the definition was saved or started',
	params: {
		name: optional(definitionName, 'the definition; left out: the current one'),
		steps: flag('the lines that undo would take back, the last one first'),
	},
	examples: [
		['new web; set memory 1G; changes', 'shows the change of the memory'],
		['new web; set memory 1G; changes --steps', 'lists the lines'],
	],
	async *run({name, steps}, {session}) {
		if (steps) {
			yield tableOf(
				['step', 'line'],
				[...session.past].reverse().map(({line}, index) => ({step: index + 1, line})),
			);
			return;
		}
		const {spec, baseline} = session.definition(name);
		yield {kind: 'changes', changes: compareItems(baseline, spec, quoteWord)};
	},
});
