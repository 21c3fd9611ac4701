import type {ScannedElement} from '../../scan/scanned.ts';
import {childOf, repeated, valueOf} from '../domain-view.ts';
import {takeAttribute, takeElement} from '../edits.ts';
import {both, containers, type Rule} from '../rule.ts';

/** Longer names are no names of interfaces. */
const longestName = 15;

/** Network interfaces: what they are, and where. */
export const interfaceRules: readonly Rule[] = [
	{
		id: 'mac-twice',
		drivers: both,
		level: 'warning',
		about: 'Each interface has a MAC address of its own.',
		*find({all}) {
			for (const [mac] of repeated(all('devices/interface/mac'), macOf)) {
				yield {
					at: mac,
					attribute: 'address',
					message: `Two interfaces have the MAC address ${valueOf(mac, 'address')}: neither gets its packets`,
					cure: 'another one, or take it out: libvirt finds one',
				};
			}
		},
	},
	{
		id: 'mac-of-nobody',
		drivers: both,
		level: 'warning',
		about: 'A MAC address is of one interface: its first byte is even, and not all of it is 0.',
		*find({all}) {
			for (const mac of all('devices/interface/mac')) {
				const address = valueOf(mac, 'address') ?? '';
				if (!/^00(?::00){5}$/.test(address) && Number.parseInt(address.slice(0, 2), 16) % 2 !== 1) continue;
				yield {
					at: mac,
					attribute: 'address',
					message: `${address} is no MAC address of one interface`,
					cure: 'one that begins with 52:54:00, or take it out: libvirt finds one',
				};
			}
		},
	},
	{
		id: 'source-of-other-interface',
		drivers: both,
		level: 'warning',
		about: 'The <source> of an interface names what its type asks for; libvirt drops the rest.',
		*find({root, all}) {
			// Of one that runs libvirt tells the bridge of its network.
			if (valueOf(root, 'id') !== undefined) return;
			const wanted: ReadonlyMap<string | undefined, readonly string[]> = new Map([
				['network', ['network', 'portgroup', 'portid']],
				['bridge', ['bridge']],
				['direct', ['dev', 'mode']],
				['internal', ['name']],
			]);
			for (const source of all('devices/interface/source')) {
				const type = valueOf(source.parent, 'type');
				const names = wanted.get(type);
				for (const {name, value} of source.attributes) {
					if (names === undefined || names.includes(name) || !['network', 'bridge', 'dev', 'portgroup', 'mode', 'name'].includes(name)) continue;
					yield {
						at: source,
						attribute: name,
						message: `An interface of the type '${type}' has no ${name}: libvirt drops ${name}='${value}'`,
						cure: `take it out, or type='${name === 'bridge' ? 'bridge' : name === 'network' ? 'network' : '…'}'`,
						edits: takeAttribute(source, name),
					};
				}
			}
		},
	},
	{
		id: 'interface-name-not-kept',
		drivers: both,
		level: 'warning',
		about: 'libvirt drops a target that begins with vnet, macvtap or macvlan: it gives such names itself.',
		*find({root, driver, all}) {
			if (valueOf(root, 'id') !== undefined) return;
			for (const target of all('devices/interface/target')) {
				const dev = valueOf(target, 'dev') ?? '';
				if (!/^(?:vnet|macvtap|macvlan)/.test(dev) || valueOf(target, 'managed') === 'no') continue;
				const inside = driver === 'lxc' ? "; the name inside is <guest dev='eth0'/>" : '';
				yield {
					at: target,
					attribute: 'dev',
					message: `libvirt drops '${dev}': it gives such names itself${inside}`,
					cure: 'take it out, or another name',
					edits: takeElement(target),
				};
			}
		},
	},
	{
		id: 'interface-name',
		drivers: both,
		level: 'error',
		about: `The name of an interface has at most ${longestName} characters, and is of one interface.`,
		*find({all}) {
			for (const kind of ['target', 'guest']) {
				const named = all(`devices/interface/${kind}`);
				for (const element of named) {
					const dev = valueOf(element, 'dev') ?? '';
					if (dev.length > longestName)
						yield {
							at: element,
							attribute: 'dev',
							message: `The name '${dev}' is longer than ${longestName} characters`,
							cure: dev.slice(0, longestName),
						};
				}
				for (const [element] of repeated(named, nameOf)) {
					yield {at: element, attribute: 'dev', message: `Two interfaces have the name '${valueOf(element, 'dev')}'`, cure: 'another name'};
				}
			}
		},
	},
	{
		id: 'isolated-port-of-no-bridge',
		drivers: both,
		level: 'error',
		about: 'A port is isolated on a bridge or a network.',
		*find({all}) {
			for (const port of all('devices/interface/port')) {
				const type = valueOf(port.parent, 'type') ?? '';
				if (valueOf(port, 'isolated') !== 'yes' || ['network', 'bridge'].includes(type)) continue;
				yield {
					at: port,
					attribute: 'isolated',
					message: `An interface of the type '${type}' has no port to isolate`,
					cure: 'take it out',
				};
			}
		},
	},
	{
		id: 'container-interface-type',
		drivers: containers,
		level: 'error',
		about: 'The interface of a container is of the type network, bridge, ethernet or direct.',
		*find({all}) {
			for (const at of all('devices/interface')) {
				const type = valueOf(at, 'type') ?? '';
				if (['network', 'bridge', 'ethernet', 'direct'].includes(type)) continue;
				yield {
					at,
					attribute: 'type',
					message: `A container has no interface of the type '${type}'`,
					cure: "type='network' with <source network='default'/>",
				};
			}
		},
	},
];

/** One of which libvirt makes names is of several. */
function nameOf(element: ScannedElement): string | undefined {
	const dev = valueOf(element, 'dev');
	return dev?.includes('%') === true ? undefined : dev;
}

/** Those of a team share one. */
function macOf(mac: ScannedElement): string | undefined {
	return childOf(mac.parent, 'teaming') === undefined ? valueOf(mac, 'address')?.toLowerCase() : undefined;
}
