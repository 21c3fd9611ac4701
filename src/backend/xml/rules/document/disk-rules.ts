import type {Edit, ScannedElement} from '../../scan/scanned.ts';
import {childOf, repeated, valueOf} from '../domain-view.ts';
import {setValue} from '../edits.ts';
import {machines, type Rule} from '../rule.ts';

/** How each bus names its disks. */
const prefixOfBus: ReadonlyMap<string, string> = new Map([
	['virtio', 'vd'],
	['scsi', 'sd'],
	['sata', 'sd'],
	['usb', 'sd'],
	['ide', 'hd'],
	['fdc', 'fd'],
	['xen', 'xvd'],
]);

const formatsOfQemu: ReadonlySet<string> = new Set([
	'raw',
	'qcow2',
	'qcow',
	'qed',
	'vmdk',
	'vdi',
	'vpc',
	'vhdx',
	'cloop',
	'dmg',
	'bochs',
	'parallels',
	'luks',
	'fat',
]);

/** Disks of machines: their names and buses. */
export const diskRules: readonly Rule[] = [
	{
		id: 'disk-target-twice',
		drivers: machines,
		level: 'error',
		about: 'Each disk has a target of its own.',
		*find({all}) {
			const targets = all('devices/disk/target');
			const taken = new Set(targets.map((target) => valueOf(target, 'dev')));
			for (const [target] of repeated(targets, (each) => valueOf(each, 'dev'))) {
				const dev = valueOf(target, 'dev') ?? '';
				const free = freeName(dev, taken);
				yield {
					at: target,
					attribute: 'dev',
					message: `Two disks have the target '${dev}'`,
					cure: free === undefined ? 'another name' : `dev='${free}'`,
					edits: free === undefined ? undefined : setValue(target, 'dev', free),
				};
			}
		},
	},
	{
		id: 'disk-name-of-other-bus',
		drivers: machines,
		level: 'warning',
		about: 'The name of a disk is that of its bus: the guest counts by itself, and sees virtio disks as vda, vdb.',
		*find({all, machine}) {
			const targets = all('devices/disk/target');
			const taken = new Set(targets.map((target) => valueOf(target, 'dev')));
			for (const target of targets) {
				const [dev = '', given = ''] = [valueOf(target, 'dev'), valueOf(target, 'bus')];
				// That of q35 is another one.
				const bus = given === 'ide' && machine === 'q35' ? 'sata' : given;
				const prefix = prefixOfBus.get(bus);
				const [, had, letters] = /^(?:ioemu:)?(hd|sd|vd|xvd|fd|ubd)([a-z]+)$/.exec(dev) ?? [];
				if (prefix === undefined || had === undefined || had === prefix || (!['virtio', 'ide', 'fdc'].includes(bus) && had !== 'vd')) continue;
				const better = taken.has(prefix + letters) ? (freeName(`${prefix}a`, taken) ?? prefix + letters) : prefix + letters;
				taken.add(better);
				yield {
					at: target,
					attribute: 'dev',
					message: `The bus '${bus}' names its disks ${prefix}…: the guest sees no ${dev}`,
					cure: `dev='${better}'`,
					edits: setValue(target, 'dev', better),
				};
			}
		},
	},
	{
		id: 'disk-bus-missing',
		drivers: machines,
		level: 'error',
		about: 'The bus of a disk is one that the machine has: q35 has no IDE.',
		*find({machine, all}) {
			if (machine !== 'q35') return;
			for (const target of all('devices/disk/target')) {
				if (valueOf(target, 'bus') !== 'ide') continue;
				yield {at: target, attribute: 'bus', message: 'A q35 machine has no IDE', cure: "bus='sata'", edits: setValue(target, 'bus', 'sata')};
			}
			for (const controller of all('devices/controller')) {
				if (valueOf(controller, 'type') !== 'ide') continue;
				yield {
					at: controller,
					attribute: 'type',
					message: 'A q35 machine has no IDE',
					cure: "type='sata'",
					edits: setValue(controller, 'type', 'sata'),
				};
			}
		},
	},
	{
		id: 'too-many-ide-disks',
		drivers: machines,
		level: 'error',
		about: 'An i440fx machine has room for four IDE disks.',
		*find({all}) {
			const targets = all('devices/disk/target').filter(
				(target) =>
					valueOf(target, 'bus') === 'ide' && childOf(target.parent, 'address') === undefined && /^hd[a-z]$/.test(valueOf(target, 'dev') ?? ''),
			);
			for (const target of targets.filter((each) => (valueOf(each, 'dev') ?? '') > 'hdd')) {
				yield {at: target, attribute: 'bus', message: 'There is one IDE controller, for hda to hdd', cure: "bus='sata' or bus='virtio'"};
			}
		},
	},
	{
		id: 'removable-disk-bus',
		drivers: machines,
		level: 'error',
		about: 'A CD-ROM is on sata, scsi, ide or usb; a floppy on fdc.',
		*find({all, machine}) {
			for (const disk of all('devices/disk')) {
				const target = childOf(disk, 'target');
				const [device, bus] = [valueOf(disk, 'device') ?? 'disk', valueOf(target, 'bus')];
				if (target === undefined || bus === undefined) continue;
				const sata = machine === 'i440fx' ? 'ide' : 'sata';
				if (device === 'cdrom' && ['virtio', 'fdc', 'sd'].includes(bus))
					yield {
						at: target,
						attribute: 'bus',
						message: `A CD-ROM cannot be on the bus '${bus}'`,
						cure: `bus='${sata}'`,
						edits: moveTo(target, sata),
					};
				if (device === 'floppy' && bus !== 'fdc')
					yield {at: target, attribute: 'bus', message: `A floppy is on the bus 'fdc'`, cure: "bus='fdc'", edits: moveTo(target, 'fdc')};
				if (['disk', 'lun'].includes(device) && bus === 'fdc')
					yield {at: target, attribute: 'bus', message: "A disk cannot be on the bus 'fdc'", cure: "bus='virtio', or device='floppy'"};
				if (device === 'lun' && !['scsi', 'virtio', 'fdc'].includes(bus))
					yield {
						at: target,
						attribute: 'bus',
						message: `A LUN cannot be on the bus '${bus}'`,
						cure: "bus='scsi'",
						edits: moveTo(target, 'scsi'),
					};
			}
		},
	},
	{
		id: 'disk-source-missing',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: 'A disk has a <source>; only a CD-ROM or a floppy may be empty.',
		*find({all}) {
			for (const disk of all('devices/disk')) {
				if (
					childOf(disk, 'source') !== undefined ||
					!['disk', 'lun'].includes(valueOf(disk, 'device') ?? 'disk') ||
					['nvme', 'vhostuser'].includes(valueOf(disk, 'type') ?? '')
				)
					continue;
				yield {at: disk, message: 'The disk has no <source>', cure: "<source file='…'/>"};
			}
		},
	},
	{
		id: 'disk-driver',
		drivers: machines,
		level: 'error',
		about: "The driver of a disk is qemu, and its type a format that QEMU reads: an ISO image is 'raw'.",
		*find({all}) {
			for (const driver of all('devices/disk/driver')) {
				const [name, type] = [valueOf(driver, 'name'), valueOf(driver, 'type')];
				if (name !== undefined && name !== 'qemu')
					yield {
						at: driver,
						attribute: 'name',
						message: `QEMU has no driver '${name}'`,
						cure: "name='qemu'",
						edits: setValue(driver, 'name', 'qemu'),
					};
				if (type !== undefined && !formatsOfQemu.has(type))
					yield {
						at: driver,
						attribute: 'type',
						message: `QEMU reads no '${type}'`,
						cure: type === 'iso' ? "type='raw'" : type === 'vhd' ? "type='vpc'" : 'a format that it reads',
						edits: type === 'iso' ? setValue(driver, 'type', 'raw') : undefined,
					};
			}
		},
	},
];

/** A name like one that is taken. */
function freeName(dev: string, taken: ReadonlySet<string | undefined>): string | undefined {
	const [, prefix] = /^(.*?)[a-z]$/.exec(dev) ?? [];
	return prefix === undefined ? undefined : Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => prefix + letter).find((name) => !taken.has(name));
}

/** Another bus, and a name as that bus gives. */
function moveTo(target: ScannedElement, bus: string): Edit[] {
	const letters = /[a-z]$/.exec(valueOf(target, 'dev') ?? '')?.[0] ?? 'a';
	return [...setValue(target, 'bus', bus), ...setValue(target, 'dev', `${prefixOfBus.get(bus)}${letters}`)];
}
