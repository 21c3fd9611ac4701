import type {ScannedElement} from '../../scan/scanned.ts';
import {attributeOf, childOf, integerOf, textIn, valueOf} from '../domain-view.ts';
import {setValue, takeAttribute, takeElement} from '../edits.ts';
import {machines, type Flaw, type Rule} from '../rule.ts';

/** How disks are read and written. */
export const diskPropertyRules: readonly Rule[] = [
	{
		id: 'disk-read-only',
		drivers: machines,
		level: 'error',
		about: 'A disk on ide or sata cannot be read-only, and what is read-only is neither transient nor filled by copy_on_read.',
		*find({all}) {
			for (const disk of all('devices/disk')) {
				const [target, driver, readonly] = [childOf(disk, 'target'), childOf(disk, 'driver'), childOf(disk, 'readonly')];
				const device = valueOf(disk, 'device') ?? 'disk';
				const bus = valueOf(target, 'bus') ?? '';
				if (readonly !== undefined && device === 'disk' && ['ide', 'sata'].includes(bus))
					yield {at: readonly, message: `A disk on the bus '${bus}' cannot be read-only`, cure: "bus='virtio' or bus='scsi' of its target"};
				const transient = childOf(disk, 'transient');
				if (readonly !== undefined && transient !== undefined)
					yield {at: transient, message: 'A disk that is read-only cannot be transient', cure: 'take one out', edits: takeElement(transient)};
				if (driver !== undefined && valueOf(driver, 'copy_on_read') === 'on' && (readonly !== undefined || device === 'cdrom')) {
					yield {
						at: driver,
						attribute: 'copy_on_read',
						message: 'A disk that is read-only cannot be filled by copy_on_read',
						cure: 'take it out',
						edits: takeAttribute(driver, 'copy_on_read'),
					};
				}
			}
		},
	},
	{
		id: 'disk-shared-format',
		drivers: machines,
		level: 'error',
		about: 'A disk that machines share is raw.',
		*find({all}) {
			for (const disk of all('devices/disk')) {
				const [driver, shareable] = [childOf(disk, 'driver'), childOf(disk, 'shareable')];
				const type = valueOf(driver, 'type') ?? 'raw';
				// What nobody writes to may be shared.
				if (shareable === undefined || type === 'raw' || childOf(disk, 'readonly') !== undefined) continue;
				yield {
					at: shareable,
					message: `An image of the format '${type}' cannot be shared: it would be destroyed`,
					cure: 'a raw one, or take it out',
				};
			}
		},
	},
	{
		id: 'native-io-cached',
		drivers: machines,
		level: 'error',
		about: "io='native' goes with cache='none' or 'directsync'.",
		*find({all}) {
			for (const driver of all('devices/disk/driver')) {
				if (valueOf(driver, 'io') !== 'native' || ['none', 'directsync'].includes(valueOf(driver, 'cache') ?? '')) continue;
				yield {
					at: driver,
					attribute: 'io',
					message: "io='native' needs cache='none' or cache='directsync'",
					cure: "cache='none'",
					edits: setValue(driver, 'cache', 'none'),
				};
			}
		},
	},
	{
		id: 'disk-property-of-other-bus',
		drivers: machines,
		level: 'error',
		about: 'Queues, threads, names and properties of a disk are ones that its bus knows.',
		*find({all}) {
			for (const disk of all('devices/disk')) {
				const [target, driver] = [childOf(disk, 'target'), childOf(disk, 'driver')];
				const bus = valueOf(target, 'bus');
				const device = valueOf(disk, 'device') ?? 'disk';
				if (target === undefined || bus === undefined) continue;
				if (bus !== 'virtio')
					yield* refuse(driver, ['queues', 'iothread', 'ioeventfd', 'event_idx', 'packed', 'queue_size'], `A disk on the bus '${bus}' has no`);
				if (!['usb', 'scsi'].includes(bus)) yield* refuse(target, ['removable'], `A disk on the bus '${bus}' has no`);
				if (!['scsi', 'ide', 'sata'].includes(bus)) yield* refuse(target, ['rotation_rate'], `A disk on the bus '${bus}' has no`);
				if (!['cdrom', 'floppy'].includes(device)) yield* refuse(target, ['tray'], `A ${device} has no`);
				for (const [name, buses] of [
					['wwn', ['ide', 'scsi', 'sata']],
					['vendor', ['scsi']],
					['product', ['scsi', 'sata', 'ide']],
				] as const) {
					const element = childOf(disk, name);
					if (element !== undefined && !buses.some((each) => each === bus))
						yield {at: element, message: `A disk on the bus '${bus}' has no <${name}>`, cure: 'take it out', edits: takeElement(element)};
				}
			}
		},
	},
	{
		id: 'disk-serial-long',
		drivers: machines,
		level: 'info',
		about: 'A virtio disk tells the guest 20 characters of its serial number.',
		*find({all}) {
			for (const disk of all('devices/disk')) {
				const serial = childOf(disk, 'serial');
				const text = textIn(serial);
				if (serial === undefined || valueOf(childOf(disk, 'target'), 'bus') !== 'virtio' || text.length <= 20) continue;
				yield {at: serial, message: `The guest sees 20 characters of the serial number: '${text.slice(0, 20)}'`, cure: text.slice(0, 20)};
			}
		},
	},
	{
		id: 'disk-limits-both',
		drivers: machines,
		level: 'error',
		about: 'A limit of a disk is of reads and writes apart, or of both in total; a burst is no less than what is allowed always.',
		*find({all}) {
			for (const tune of all('devices/disk/iotune')) {
				for (const unit of ['bytes_sec', 'iops_sec', 'bytes_sec_max', 'iops_sec_max']) {
					const total = limitIn(tune, `total_${unit}`);
					const part = limitIn(tune, `read_${unit}`) ?? limitIn(tune, `write_${unit}`);
					if (total !== undefined && part !== undefined)
						yield {at: part, message: `<${part.name}> and <${total.name}> exclude each other`, cure: 'take one out', edits: takeElement(part)};
				}
				for (const name of ['total', 'read', 'write'].flatMap((kind) => [`${kind}_bytes_sec`, `${kind}_iops_sec`])) {
					const [always, burst] = [integerOf(textIn(limitIn(tune, name))), limitIn(tune, `${name}_max`)];
					if (burst === undefined || always === undefined || (integerOf(textIn(burst)) ?? always) >= always) continue;
					yield {at: burst, message: `A burst of ${textIn(burst)} is less than the ${always} that are always allowed`, cure: `more than ${always}`};
				}
			}
		},
	},
	{
		id: 'block-size',
		drivers: machines,
		level: 'error',
		about: 'The size of a block is a power of two, 512 or more.',
		*find({all}) {
			for (const blockio of all('devices/disk/blockio')) {
				for (const name of ['logical_block_size', 'physical_block_size']) {
					const size = integerOf(valueOf(blockio, name));
					if (size === undefined || size === 0 || (size >= 512 && Number.isInteger(Math.log2(size)))) continue;
					yield {
						at: blockio,
						attribute: name,
						message: 'The size of a block is a power of two, 512 or more',
						cure: `${name}='${size > 2048 ? 4096 : 512}'`,
					};
				}
			}
		},
	},
];

function* refuse(element: ScannedElement | undefined, names: readonly string[], message: string): Generator<Flaw> {
	for (const name of names) {
		if (element === undefined || attributeOf(element, name) === undefined) continue;
		yield {at: element, attribute: name, message: `${message} '${name}'`, cure: 'take it out', edits: takeAttribute(element, name)};
	}
}

/** 0 is none. */
function limitIn(tune: ScannedElement, name: string): ScannedElement | undefined {
	const element = childOf(tune, name);
	return textIn(element) === '0' ? undefined : element;
}
