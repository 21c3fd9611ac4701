import {ShellError} from '../core/errors.ts';
import {parseNetwork} from '../spec/parse/parse-network.ts';
import {defineCommand, flag, option, rest} from './command.ts';
import {checkEach, editDefinition, showItems} from './edit-definition.ts';
import {count, text} from './kinds.ts';

const words = {
	dhcp: 'ask for an address',
	isolated: 'kept apart from others that are',
	user: "QEMU's own network, of a machine",
	'source=': 'libvirt network (default: default)',
	'mac=': 'hardware address',
	'address=': 'IP/PREFIX[%BROADCAST]',
	'route=': 'NETWORK/PREFIX%GATEWAY',
	'dns=': 'name server',
	'filter=': 'network filter',
	'forward=': '[ADDRESS:]PORT[:GUESTPORT][/udp], of a machine, by passt',
} as const;

export const network = defineCommand({
	name: 'network',
	group: 'parts',
	summary: 'Give the sandbox a network interface, or list them',
	description:
		'Without one a sandbox has no network at all. OPTIONS are joined by commas: dhcp, user, isolated, source=, mac=, address=, route=, dns=, filter=, forward=.',
	params: {
		networks: rest(
			text('OPTIONS', (prefix) => {
				const start = prefix.lastIndexOf(',') + 1;
				return Object.entries(words).map(([word, description]) => ({text: prefix.slice(0, start) + word, description, partial: word.endsWith('=')}));
			}),
			'one interface; left out: lists them',
		),
		remove: option(count('N', 1, 64), 'take the interface with this number away'),
		none: flag('take all interfaces away'),
	},
	examples: [
		['new web; network dhcp', "an interface on libvirt's default network, with DHCP"],
		['new web; network source=default,address=192.168.122.7/24,route=0.0.0.0/0%192.168.122.1', 'a fixed address'],
		['new web; network dhcp; network --remove 1', 'no network after all'],
		['new web; network', 'lists the interfaces'],
	],
	check({networks}) {
		checkEach('networks', networks, parseNetwork);
	},
	async *run({networks, remove, none}, context) {
		if (networks.length === 0 && remove === undefined && !none) {
			if (context.output === 'text' && context.session.definition().spec.networks.length === 0) {
				yield {kind: 'document', format: 'text', text: 'no network'};
				return;
			}
			yield* showItems(context, 'network', 'number');
			return;
		}
		yield* editDefinition(context, (spec) => {
			if (remove !== undefined && remove > spec.networks.length) {
				throw new ShellError('not-found', `There is no network ${remove}`, {
					hint: spec.networks.length === 0 ? 'The definition has none.' : `There are ${spec.networks.length}.`,
				});
			}
			const kept = none ? [] : spec.networks.filter((_, index) => index + 1 !== remove);
			return {...spec, networks: [...kept, ...networks.map((word) => parseNetwork(word))]};
		});
	},
});
