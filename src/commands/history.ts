import {defineCommand, flag} from './command.ts';

export const history = defineCommand({
	name: 'history',
	group: 'shell',
	summary: 'Show the lines typed so far',
	params: {clear: flag('forget them')},
	examples: [
		['history', 'lists them, oldest first'],
		['history --clear', 'forgets them'],
	],
	async *run({clear}, {host}) {
		if (clear) {
			await host.clearHistory();
			return;
		}
		yield {kind: 'table', columns: [{name: 'number'}, {name: 'line'}], rows: host.history().map((line, index) => ({number: index + 1, line}))};
	},
});
