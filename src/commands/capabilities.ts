import {defineCommand} from './command.ts';
import {callingFor} from './running.ts';

export const capabilities = defineCommand({
	name: 'capabilities',
	group: 'host',
	summary: 'Print what the connection can do, as XML',
	params: {},
	examples: [['capabilities', "prints libvirt's document"]],
	async *run(_args, context) {
		yield {kind: 'document', format: 'xml', text: await context.sandboxes.capabilities(callingFor(context))};
	},
});
