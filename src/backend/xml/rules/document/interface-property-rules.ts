import type {ScannedElement} from '../../scan/scanned.ts';
import {childOf, integerOf, repeated, valueOf} from '../domain-view.ts';
import {setValue, takeAttribute, takeElement} from '../edits.ts';
import {both, machines, type Flaw, type Rule} from '../rule.ts';

const models: ReadonlySet<string> = new Set([
	'virtio',
	'virtio-transitional',
	'virtio-non-transitional',
	'e1000',
	'e1000e',
	'e1000-82544gc',
	'e1000-82545em',
	'igb',
	'rtl8139',
	'ne2k_pci',
	'ne2k_isa',
	'pcnet',
	'vmxnet3',
	'i82550',
	'i82551',
	'i82557a',
	'i82557b',
	'i82557c',
	'i82558a',
	'i82558b',
	'i82559a',
	'i82559b',
	'i82559c',
	'i82559er',
	'i82562',
	'i82801',
	'tulip',
	'usb-net',
	'rocker',
]);

/** Addresses, queues and limits of interfaces. */
export const interfacePropertyRules: readonly Rule[] = [
	{
		id: 'address-prefix',
		drivers: both,
		level: 'error',
		about: 'A prefix of IPv4 is 0 to 32, one of IPv6 0 to 128, and an address is of its family.',
		*find({all}) {
			for (const element of [
				...all('devices/interface/ip'),
				...all('devices/interface/route'),
				...all('devices/interface/source/ip'),
				...all('devices/interface/source/route'),
			]) {
				const address = valueOf(element, 'address') ?? '';
				const family = valueOf(element, 'family') ?? (address.includes(':') && element.name === 'ip' ? 'ipv6' : 'ipv4');
				const most = family === 'ipv6' ? 128 : 32;
				if ((integerOf(valueOf(element, 'prefix')) ?? 0) > most)
					yield {
						at: element,
						attribute: 'prefix',
						message: `A prefix of ${family === 'ipv6' ? 'IPv6' : 'IPv4'} is 0 to ${most}`,
						cure: `prefix='${family === 'ipv6' ? 64 : 24}'`,
					};
				yield* otherFamily(element, family);
			}
		},
	},
	{
		id: 'machine-address',
		drivers: machines,
		level: 'error',
		about: 'A machine sets its addresses itself: only an interface of the type user has <ip>, and none has <route>.',
		*find({all}) {
			for (const route of all('devices/interface/route'))
				yield {at: route, message: 'QEMU sets no routes of a guest', cure: 'take it out', edits: takeElement(route)};
			for (const [ip] of repeated(all('devices/interface/ip'), (each) => `${each.parent?.start} ${(valueOf(each, 'address') ?? '').includes(':')}`)) {
				yield {
					at: ip,
					attribute: 'address',
					message: 'An interface of a machine has one address of each family',
					cure: 'take one out',
					edits: takeElement(ip),
				};
			}
			for (const ip of all('devices/interface/ip')) {
				if (['user', 'vhostuser', 'ethernet'].includes(valueOf(ip.parent, 'type') ?? '')) continue;
				yield {
					at: ip,
					message: `QEMU sets no address of an interface of the type '${valueOf(ip.parent, 'type')}'`,
					cure: 'take it out',
					edits: takeElement(ip),
				};
			}
		},
	},
	{
		id: 'queues-of-other-interface',
		drivers: machines,
		level: 'warning',
		about: 'Only a virtio interface has queues.',
		*find({all}) {
			for (const driver of all('devices/interface/driver')) {
				const model = valueOf(childOf(driver.parent, 'model'), 'type');
				if (model !== undefined && !model.startsWith('virtio') && valueOf(driver, 'queues') !== undefined) {
					yield {
						at: driver,
						attribute: 'queues',
						message: `An interface of the model '${model}' has no queues`,
						cure: "take them out, or type='virtio' of the model",
						edits: takeAttribute(driver, 'queues'),
					};
				}
			}
		},
	},
	{
		id: 'queue-size',
		drivers: machines,
		level: 'error',
		about: 'The size of a queue is a power of two.',
		*find({all}) {
			for (const driver of all('devices/interface/driver')) {
				for (const name of ['rx_queue_size', 'tx_queue_size']) {
					const size = integerOf(valueOf(driver, name));
					if (size === undefined || (size > 0 && Number.isInteger(Math.log2(size)))) continue;
					const better = String(2 ** Math.round(Math.log2(Math.max(size, 256))));
					yield {
						at: driver,
						attribute: name,
						message: `The size of a queue is a power of two`,
						cure: `${name}='${better}'`,
						edits: setValue(driver, name, better),
					};
				}
			}
		},
	},
	{
		id: 'interface-model',
		drivers: machines,
		level: 'error',
		about: 'The model of an interface is one that QEMU has.',
		*find({all, arch}) {
			if (arch !== '' && arch !== 'x86_64' && arch !== 'i686') return;
			for (const model of all('devices/interface/model')) {
				const type = valueOf(model, 'type') ?? '';
				if (models.has(type.toLowerCase()) || type.startsWith('virtio-net')) continue;
				yield {
					at: model,
					attribute: 'type',
					message: `QEMU has no interface '${type}'`,
					cure: "type='virtio', or e1000e, rtl8139",
				};
			}
		},
	},
	{
		id: 'bandwidth-floor',
		drivers: both,
		level: 'error',
		about: 'A floor of bandwidth is of what comes in, from a network that has QoS; a peak is no less than the average.',
		*find({all}) {
			for (const direction of ['inbound', 'outbound']) {
				for (const limit of all(`devices/interface/bandwidth/${direction}`)) {
					const type = valueOf(limit.parent?.parent, 'type');
					if (valueOf(limit, 'floor') !== undefined && (direction === 'outbound' || type !== 'network')) {
						yield {
							at: limit,
							attribute: 'floor',
							message: direction === 'outbound' ? '<outbound> has no floor' : `An interface of the type '${type}' has no floor`,
							cure: 'take it out',
							edits: takeAttribute(limit, 'floor'),
						};
					}
				}
			}
		},
	},
	{
		id: 'mtu-too-small',
		drivers: both,
		level: 'error',
		about: 'The MTU of an interface is at least 68.',
		*find({all}) {
			for (const mtu of all('devices/interface/mtu')) {
				if ((integerOf(valueOf(mtu, 'size')) ?? 68) >= 68) continue;
				yield {at: mtu, attribute: 'size', message: 'An MTU is at least 68', cure: "size='1500'"};
			}
		},
	},
	{
		id: 'teaming-model',
		drivers: machines,
		level: 'error',
		about: 'The interface that stays in a team is a virtio one.',
		*find({all}) {
			for (const team of all('devices/interface/teaming')) {
				const model = childOf(team.parent, 'model');
				if (valueOf(team, 'type') !== 'persistent' || model === undefined || /^virtio\b/i.test(valueOf(model, 'type') ?? '')) continue;
				yield {
					at: model,
					attribute: 'type',
					message: 'The interface that stays in a team is a virtio one',
					cure: "type='virtio'",
					edits: setValue(model, 'type', 'virtio'),
				};
			}
		},
	},
];

function* otherFamily(element: ScannedElement, family: string): Generator<Flaw> {
	for (const name of ['address', 'gateway']) {
		const address = valueOf(element, name);
		if (address === undefined || address.includes(':') === (family === 'ipv6')) continue;
		yield {
			at: element,
			attribute: name,
			message: `${address} is no address of ${family === 'ipv6' ? 'IPv6' : 'IPv4'}`,
			cure: `family='${family === 'ipv6' ? 'ipv4' : 'ipv6'}'`,
			edits: setValue(element, 'family', family === 'ipv6' ? 'ipv4' : 'ipv6'),
		};
	}
}
