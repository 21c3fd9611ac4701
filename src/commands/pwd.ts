import {defineCommand} from './command.ts';

export const pwd = defineCommand({
	name: 'pwd',
	group: 'shell',
	summary: 'Print the directory that relative paths start at',
	params: {},
	examples: [['pwd', 'prints the directory']],
	async *run(_args, context) {
		yield {kind: 'document', format: 'text', text: context.host.directory()};
	},
});
