import {defineCommand} from './command.ts';
import type {Sandboxes} from './sandboxes.ts';

/** What a person is asked before sandboxes end with the session; undefined: none would. */
export async function questionAtEnd(sandboxes: Pick<Sandboxes, 'living' | 'staying'>): Promise<string | undefined> {
	const dying = sandboxes.living();
	if (dying.length === 0) return undefined;
	const staying = await sandboxes.staying();
	return `Ending the session ends ${dying.join(', ')}${staying.length === 0 ? '' : `; ${staying.join(', ')} will run on`}. End it?`;
}

export const quit = defineCommand({
	name: 'quit',
	aliases: ['exit'],
	group: 'shell',
	summary: 'End the session',
	description: 'Ends the session or the script. Sandboxes with lifetime client end with it; an interactive session asks first.',
	params: {},
	examples: [['quit', 'ends the session']],
	async *run(_args, context) {
		const question = context.host.interactive ? await questionAtEnd(context.sandboxes) : undefined;
		if (question === undefined || (await context.host.confirm(question))) {
			context.host.quit();
		}
	},
});
