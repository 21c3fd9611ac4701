import {defineCommand} from './command.ts';

export const uri = defineCommand({
	name: 'uri',
	group: 'host',
	summary: 'Print the connection that sandboxes go to',
	params: {},
	examples: [['uri', 'prints it']],
	async *run(_args, {session, sandboxes, signal}) {
		yield {kind: 'document', format: 'text', text: session.uri ?? (await sandboxes.defaultUri(signal))};
	},
});
