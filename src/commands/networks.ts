import {defineCommand} from './command.ts';
import {callingFor} from './running.ts';

export const networks = defineCommand({
	name: 'networks',
	group: 'host',
	summary: 'List the networks of libvirt',
	description: "'network source=NAME' puts a sandbox on one that is active.",
	params: {},
	examples: [['networks', 'lists them']],
	async *run(_args, context) {
		const rows = await context.sandboxes.networks(callingFor(context));
		yield {
			kind: 'table',
			columns: [{name: 'name'}, {name: 'state'}, {name: 'bridge'}, {name: 'forward'}, {name: 'dhcp'}, {name: 'uuid'}],
			rows: rows.map(({name, active, bridge, forward, dhcp, uuid}) => ({name, state: active ? 'active' : 'inactive', bridge, forward, dhcp, uuid})),
		};
	},
});
