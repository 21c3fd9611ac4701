import {defineCommand} from './command.ts';
import {callingFor} from './running.ts';

export const networks = defineCommand({
	name: 'networks',
	group: 'host',
	summary: 'List the networks of libvirt',
	description: "'network source=NAME' puts a sandbox on one.",
	params: {},
	examples: [['networks', 'lists them']],
	async *run(_args, context) {
		const rows = await context.sandboxes.networks(callingFor(context));
		yield {
			kind: 'table',
			columns: [{name: 'name'}, {name: 'bridge'}, {name: 'forward'}, {name: 'dhcp'}, {name: 'uuid'}],
			rows: rows.map(({name, bridge, forward, dhcp, uuid}) => ({name, bridge, forward, dhcp, uuid})),
		};
	},
});
