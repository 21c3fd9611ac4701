import {defineCommand, optional} from './command.ts';
import {text} from './kinds.ts';

export const help = defineCommand({
	name: 'help',
	group: 'shell',
	summary: 'Show help on everything, a group or a command',
	params: {
		topic: optional(
			text('COMMAND|GROUP', (_prefix, context) => [
				...context.commands.filter((command) => command.hidden !== true).map(({name, summary}) => ({text: name, description: summary})),
				...[...new Set(context.commands.map(({group}) => group))].map((group) => ({text: group, description: 'a group of commands'})),
			]),
			'what to explain',
		),
	},
	examples: [
		['help', 'lists all commands by group'],
		['help mount', 'explains mount'],
		['help life', 'lists the commands for running sandboxes'],
	],
	async *run({topic}, context) {
		yield {kind: 'document', format: 'text', text: await context.language.help(topic)};
	},
});
