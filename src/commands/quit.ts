import {defineCommand} from './command.ts';

export const quit = defineCommand({
	name: 'quit',
	aliases: ['exit'],
	group: 'shell',
	summary: 'End the session',
	description: 'Ends the session or the script. Sandboxes with lifetime client end with it; in an interactive session that is asked first.',
	params: {},
	examples: [['quit', 'ends the session']],
	async *run(_args, context) {
		const names = context.sandboxes.living();
		if (names.length === 0 || !context.host.interactive || (await context.host.confirm(`Ending the session ends ${names.join(', ')}. End it?`))) {
			context.host.quit();
		}
	},
});
