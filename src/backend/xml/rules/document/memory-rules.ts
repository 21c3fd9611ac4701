import type {ScannedElement} from '../../scan/scanned.ts';
import {bytesOf, childOf, cpusOf, integerOf, textIn, valueOf, type Driver} from '../domain-view.ts';
import {setValue, takeElement} from '../edits.ts';
import {both, containers, machines, type Flaw, type Rule} from '../rule.ts';

const mib = 1024 * 1024;

/** Without a unit a size that is meant in MiB is far below what any guest can do with. */
const leastMeant: Readonly<Record<Driver, number>> = {lxc: 4 * mib, qemu: 16 * mib};

/** Sizes of memory, and how it is backed. */
export const memoryRules: readonly Rule[] = [
	{
		id: 'memory-too-small',
		drivers: both,
		level: 'error',
		about: 'A container has at least 4 MiB; a number without a unit is one of KiB.',
		*find({driver, all}) {
			for (const path of ['memory', 'currentMemory', 'memtune/hard_limit']) {
				for (const element of all(path)) {
					const bytes = bytesOf(element);
					const least = valueOf(element, 'unit') === undefined || driver === 'lxc' ? leastMeant[driver] : mib;
					if (bytes === undefined || bytes >= least || (bytes === 0 && path !== 'memory')) continue;
					yield tooSmall(element, bytes);
				}
			}
		},
	},
	{
		id: 'current-memory-more',
		drivers: machines,
		level: 'warning',
		about: '<currentMemory> is no more than <memory>; libvirt lowers it.',
		*find({one}) {
			// There the nodes say how much it is.
			if (one('cpu/numa') !== undefined) return;
			const [memory, current] = [one('memory'), one('currentMemory')];
			const [most, bytes] = [bytesOf(memory), bytesOf(current)];
			if (current === undefined || memory === undefined || most === undefined || bytes === undefined || bytes <= most || most < leastMeant.qemu) return;
			yield {at: current, message: '<currentMemory> is more than <memory>: libvirt lowers it', cure: sizeText(memory)};
		},
	},
	{
		id: 'most-memory-less',
		drivers: both,
		level: 'error',
		about: '<maxMemory> is at least <memory>.',
		*find({one}) {
			const [memory, most] = [one('memory'), one('maxMemory')];
			const [bytes, limit] = [bytesOf(memory), bytesOf(most)];
			if (most === undefined || memory === undefined || bytes === undefined || limit === undefined || limit >= bytes) return;
			yield {at: most, message: '<maxMemory> is less than <memory>', cure: sizeText(memory)};
		},
	},
	{
		id: 'memory-device-without-room',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: 'A memory device needs <maxMemory> with slots.',
		*find({one, all}) {
			if (one('maxMemory') !== undefined) return;
			for (const device of all('devices/memory')) {
				if (!['dimm', 'nvdimm'].includes(valueOf(device, 'model') ?? '')) continue;
				yield {
					at: device,
					message: 'There is a memory device, and no <maxMemory>',
					cure: "<maxMemory slots='4' unit='GiB'>…</maxMemory> beside <memory>",
				};
			}
		},
	},
	{
		id: 'swap-limit-less',
		drivers: both,
		level: 'warning',
		about: '<swap_hard_limit> counts memory and swap together on a host with control groups of version 1, which refuses one below <hard_limit>.',
		*find({one}) {
			const [limit, total] = [one('memtune/hard_limit'), one('memtune/swap_hard_limit')];
			const [bytes, swap] = [bytesOf(limit), bytesOf(total)];
			if (total === undefined || limit === undefined || bytes === undefined || swap === undefined || swap >= bytes) return;
			yield {
				at: total,
				message: '<swap_hard_limit> is less than <hard_limit>: with control groups of version 1 it counts memory and swap together',
				cure: `at least ${sizeText(limit)}`,
			};
		},
	},
	{
		id: 'soft-limit-more',
		drivers: both,
		level: 'warning',
		about: 'A <soft_limit> above the <hard_limit> has no effect.',
		*find({one}) {
			const [hard, soft] = [one('memtune/hard_limit'), one('memtune/soft_limit')];
			const [most, bytes] = [bytesOf(hard), bytesOf(soft)];
			if (soft === undefined || hard === undefined || most === undefined || bytes === undefined || bytes <= most) return;
			yield {at: soft, message: '<soft_limit> is more than <hard_limit>, and has no effect', cure: `less than ${sizeText(hard)}`};
		},
	},
	{
		id: 'machine-limit-less',
		drivers: machines,
		level: 'warning',
		about: 'The <hard_limit> of a machine is more than its memory: QEMU itself needs some.',
		*find({one}) {
			// Huge pages are not counted.
			if (one('memoryBacking/hugepages') !== undefined) return;
			const [memory, limit] = [one('memory'), one('memtune/hard_limit')];
			const [bytes, most] = [bytesOf(memory), bytesOf(limit)];
			if (limit === undefined || memory === undefined || bytes === undefined || most === undefined || most > bytes || most < 16 * mib) return;
			yield {
				at: limit,
				message: `<hard_limit> is no more than the memory of the guest: the kernel ends QEMU`,
				cure: `more than ${sizeText(memory)}, by some 512 MiB`,
			};
		},
	},
	{
		id: 'locked-without-limit',
		drivers: machines,
		level: 'info',
		isOfLack: true,
		about: '<locked/> memory has a <hard_limit>, or the host may run out of it.',
		*find({one}) {
			const locked = one('memoryBacking/locked');
			if (locked === undefined || one('memoryBacking/hugepages') !== undefined || one('memtune/hard_limit') !== undefined) return;
			yield {
				at: locked,
				message: '<locked/> without a limit lets QEMU lock all memory of the host',
				cure: '<memtune><hard_limit>…</hard_limit></memtune>',
			};
		},
	},
	{
		id: 'page-node-missing',
		drivers: machines,
		level: 'error',
		about: 'Pages are of NUMA nodes that the guest has.',
		*find({all}) {
			const count = Math.max(1, all('cpu/numa/cell').length);
			for (const page of all('memoryBacking/hugepages/page')) {
				const nodes = cpusOf(valueOf(page, 'nodeset'));
				if (nodes === undefined || ![...nodes].some((node) => node >= count)) continue;
				yield {
					at: page,
					attribute: 'nodeset',
					message: `The guest has ${count === 1 ? 'the NUMA node 0 alone' : `the NUMA nodes 0 to ${count - 1}`}`,
					cure: 'nodes of these',
				};
			}
		},
	},
	{
		id: 'container-backing',
		drivers: containers,
		level: 'warning',
		about: "The memory of a container is the host kernel's: it takes no <memoryBacking>.",
		*find({one}) {
			const backing = one('memoryBacking');
			if (backing !== undefined)
				yield {at: backing, message: '<memoryBacking> has no effect on a container', cure: 'take it out', edits: takeElement(backing)};
		},
	},
	{
		id: 'ram-too-small',
		drivers: containers,
		level: 'warning',
		about: 'A tmpfs of some KiB lacks its units; one of 0 has no limit.',
		*find({all}) {
			for (const filesystem of all('devices/filesystem')) {
				const source = childOf(filesystem, 'source');
				if (source === undefined || valueOf(filesystem, 'type') !== 'ram' || valueOf(source, 'units') !== undefined) continue;
				const usage = integerOf(valueOf(source, 'usage'));
				if (usage === undefined || usage >= 1024) continue;
				const message = usage === 0 ? 'A usage of 0 is no limit at all' : `Without units these are ${usage} KiB`;
				yield usage === 0
					? {at: source, attribute: 'usage', message, cure: "usage='65536'"}
					: {at: source, attribute: 'usage', message, cure: `usage='${usage}' units='MiB'`, edits: setValue(source, 'units', 'MiB')};
			}
		},
	},
];

function tooSmall(element: ScannedElement, bytes: number): Flaw {
	const text = textIn(element);
	if (valueOf(element, 'unit') !== undefined || bytes === 0) {
		return {
			at: element,
			culprit: text,
			message: `<${element.name}> is too small for a guest: ${text} ${valueOf(element, 'unit') ?? 'KiB'}`,
			cure: 'a larger one',
		};
	}
	return {
		at: element,
		culprit: text,
		message: `Without a unit this <${element.name}> is ${text} KiB: too small for a guest`,
		cure: `<${element.name} unit='MiB'>${text}</${element.name}>`,
		edits: setValue(element, 'unit', 'MiB'),
	};
}

function sizeText(element: ScannedElement): string {
	return `${textIn(element)} ${valueOf(element, 'unit') ?? 'KiB'}`;
}
