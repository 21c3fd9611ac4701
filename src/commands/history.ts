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
	async *run({clear}, {host, output}) {
		if (clear) {
			await host.clearHistory();
			return;
		}
		const rows = host.history().map((line, index) => ({number: index + 1, line}));
		if (rows.length === 0 && output === 'text') {
			yield {kind: 'notice', level: 'info', code: 'history', message: 'No line is kept'};
			return;
		}
		yield {kind: 'table', columns: [{name: 'number'}, {name: 'line'}], rows};
	},
});
