import type {ScannedElement} from '../../scan/scanned.ts';
import {childOf, integerOf, repeated, valueOf, type Domain} from '../domain-view.ts';
import {setValue, takeElement} from '../edits.ts';
import {machines, type Rule} from '../rule.ts';

const owners = [
	'disk',
	'interface',
	'controller',
	'filesystem',
	'video',
	'sound',
	'memballoon',
	'rng',
	'watchdog',
	'hostdev',
	'redirdev',
	'vsock',
	'input',
	'shmem',
	'panic',
	'tpm',
	'serial',
	'channel',
];

/** Where devices sit. */
export const addressRules: readonly Rule[] = [
	{
		id: 'pci-address-twice',
		drivers: machines,
		level: 'error',
		about: 'Each PCI address is of one device.',
		*find(domain) {
			for (const [address] of repeated(addressesOf(domain, 'pci'), (each) => keyOf(each, ['domain', 'bus', 'slot', 'function']))) {
				yield {
					at: address,
					attribute: 'slot',
					message: `Two devices have the PCI address ${addressText(address)}`,
					cure: 'another slot, or take the address out: libvirt finds one',
					edits: takeElement(address),
				};
			}
		},
	},
	{
		id: 'pci-address-nowhere',
		drivers: machines,
		level: 'error',
		about: 'A machine has the PCI domain 0 alone.',
		*find(domain) {
			// On s390x the domain is the number of the device.
			if (domain.arch.startsWith('s390')) return;
			for (const address of addressesOf(domain, 'pci')) {
				if ((integerOf(valueOf(address, 'domain')) ?? 0) === 0) continue;
				yield {
					at: address,
					attribute: 'domain',
					message: 'A machine has the PCI domain 0 alone',
					cure: "domain='0x0000'",
					edits: setValue(address, 'domain', '0x0000'),
				};
			}
		},
	},
	{
		id: 'slot-of-root-port',
		drivers: machines,
		level: 'error',
		about: 'A PCI Express port has the slot 0 alone.',
		*find(domain) {
			if (domain.machine !== 'q35') return;
			for (const address of addressesOf(domain, 'pci')) {
				const [bus, slot] = [integerOf(valueOf(address, 'bus')) ?? 0, integerOf(valueOf(address, 'slot')) ?? 0];
				const controller = domain
					.all('devices/controller')
					.find((each) => valueOf(each, 'type') === 'pci' && integerOf(valueOf(each, 'index')) === bus);
				if (bus === 0 || slot === 0 || controller === undefined || /bridge|upstream|expander/.test(valueOf(controller, 'model') ?? '')) continue;
				yield {
					at: address,
					attribute: 'slot',
					message: `The bus ${bus} is a port of PCI Express, and has the slot 0 alone`,
					cure: "slot='0x00', or take the address out: libvirt finds one",
					edits: takeElement(address),
				};
			}
		},
	},
	{
		id: 'drive-address-twice',
		drivers: machines,
		level: 'error',
		about: 'Each place on a controller is of one disk.',
		*find(domain) {
			const key = (each: ScannedElement): string | undefined => {
				const bus = valueOf(childOf(each.parent, 'target'), 'bus');
				return bus === undefined ? undefined : `${bus} ${keyOf(each, ['controller', 'bus', 'target', 'unit'])}`;
			};
			for (const [address] of repeated(addressesOf(domain, 'drive'), key)) {
				yield {
					at: address,
					attribute: 'unit',
					message: 'Two disks are at the same place of a controller',
					cure: 'another unit, or take the address out: libvirt finds one',
					edits: takeElement(address),
				};
			}
		},
	},
	{
		id: 'drive-unit',
		drivers: machines,
		level: 'error',
		about: 'A SATA controller has the units 0 to 5, an IDE bus 0 and 1.',
		*find(domain) {
			for (const address of addressesOf(domain, 'drive')) {
				const bus = valueOf(childOf(address.parent, 'target'), 'bus') ?? '';
				const most = {sata: 5, ide: 1}[bus];
				if (most === undefined || (integerOf(valueOf(address, 'unit')) ?? 0) <= most) continue;
				yield {
					at: address,
					attribute: 'unit',
					message: `The units of ${bus.toUpperCase()} are 0 to ${most}`,
					cure: 'one of them, or take the address out: libvirt finds one',
					edits: takeElement(address),
				};
			}
		},
	},
	{
		id: 'address-of-other-bus',
		drivers: machines,
		level: 'error',
		about: 'The address of a disk is of the type that its bus has.',
		*find({all}) {
			const types: ReadonlyMap<string, readonly string[]> = new Map([
				['virtio', ['pci', 'ccw', 'virtio-mmio', 'unassigned']],
				['sata', ['drive', 'unassigned']],
				['scsi', ['drive', 'unassigned']],
				['ide', ['drive', 'unassigned']],
				['fdc', ['drive', 'unassigned']],
				['usb', ['usb', 'unassigned']],
			]);
			for (const address of all('devices/disk/address')) {
				const [bus = '', type = ''] = [valueOf(childOf(address.parent, 'target'), 'bus'), valueOf(address, 'type')];
				if (types.get(bus)?.includes(type) !== false) continue;
				yield {
					at: address,
					attribute: 'type',
					message: `A disk on the bus '${bus}' has no address of the type '${type}'`,
					cure: `${types.get(bus)?.[0]}, or take the address out: libvirt finds one`,
					edits: takeElement(address),
				};
			}
		},
	},
];

function addressesOf({all}: Domain, type: string): ScannedElement[] {
	return (
		owners
			.flatMap((owner) => all(`devices/${owner}/address`))
			// One without numbers leaves it to libvirt.
			.filter(
				(address) =>
					valueOf(address, 'type') === type &&
					address.attributes.some(({name, value}) => !['type', 'multifunction'].includes(name) && (type !== 'pci' || integerOf(value) !== 0)),
			)
			.toSorted((one, other) => one.start - other.start)
	);
}

/** Numbers of an address, whichever way they are written. */
function keyOf(address: ScannedElement, names: readonly string[]): string {
	return names.map((name) => integerOf(valueOf(address, name)) ?? 0).join(' ');
}

function addressText(address: ScannedElement): string {
	const [domain, bus, slot, part] = ['domain', 'bus', 'slot', 'function'].map((name) => (integerOf(valueOf(address, name)) ?? 0).toString(16));
	return `${domain?.padStart(4, '0')}:${bus?.padStart(2, '0')}:${slot?.padStart(2, '0')}.${part}`;
}
