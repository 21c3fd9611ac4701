import {tableOf} from '../core/output.ts';
import {defineCommand, optional, WrongArgument} from './command.ts';
import {choice, text} from './kinds.ts';
import {assertWritable, callingFor} from './running.ts';

export const networks = defineCommand({
	name: 'networks',
	group: 'host',
	summary: 'List the networks of libvirt, or start one',
	description: "'network source=NAME' puts a sandbox on one that is active. A libvirtd of our own starts its networks by itself, when a sandbox wants them.",
	params: {
		action: optional(choice({list: 'list them', start: 'make one active, until the host shuts down or somebody stops it'}), 'what to do; left out: list'),
		name: optional(text('NETWORK'), 'start: the network'),
	},
	examples: [
		['networks', 'lists them'],
		['networks start default', 'makes default active'],
	],
	check({action = 'list', name}) {
		if (action === 'start' && name === undefined) throw new WrongArgument('name', "'networks start' needs the name of a network", "'networks' lists them.");
		if (action === 'list' && name !== undefined) throw new WrongArgument('name', "'networks list' takes no name");
	},
	async *run({action, name = ''}, context) {
		if (action === 'start') {
			assertWritable(context);
			const isStarted = await context.sandboxes.startNetwork(name, callingFor(context));
			const message = isStarted ? `Network '${name}' started` : `Network '${name}' is active already`;
			yield {kind: 'notice', level: 'info', code: 'network-started', message};
			return;
		}
		const rows = await context.sandboxes.networks(callingFor(context));
		yield tableOf(
			['name', 'state', 'bridge', 'forward', 'dhcp', 'uuid'],
			rows.map((row) => ({...row, state: row.active ? 'active' : 'inactive'})),
		);
	},
});
