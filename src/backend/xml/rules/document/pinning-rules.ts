import {integerOf, repeated, textIn, valueOf} from '../domain-view.ts';
import {both, machines, type Rule} from '../rule.ts';

/** Where virtual CPUs and I/O threads run, and how long. */
export const pinningRules: readonly Rule[] = [
	{
		id: 'pinned-vcpu-twice',
		drivers: both,
		level: 'error',
		about: 'Each virtual CPU is pinned once.',
		*find({all}) {
			for (const [pin] of repeated(all('cputune/vcpupin'), (each) => valueOf(each, 'vcpu'))) {
				yield {
					at: pin,
					attribute: 'vcpu',
					message: `The virtual CPU ${valueOf(pin, 'vcpu')} is pinned twice`,
					cure: 'take one out',
				};
			}
		},
	},
	{
		id: 'pinned-vcpu-missing',
		drivers: machines,
		level: 'warning',
		about: 'libvirt drops the <vcpupin> of a virtual CPU that there is not.',
		*find({one, all}) {
			const count = integerOf(textIn(one('vcpu')) || '1');
			if (count === undefined) return;
			for (const pin of all('cputune/vcpupin')) {
				if ((integerOf(valueOf(pin, 'vcpu')) ?? 0) < count) continue;
				yield {
					at: pin,
					attribute: 'vcpu',
					message: `There is no virtual CPU ${valueOf(pin, 'vcpu')}: they count from 0 to ${count - 1}`,
					cure: 'a number of them, or take it out',
				};
			}
		},
	},
	{
		id: 'iothread-missing',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: 'An I/O thread that a disk, a controller or a pin names is one that there is.',
		*find({one, all}) {
			const ids = threadsOf(
				integerOf(textIn(one('iothreads'))),
				all('iothreadids/iothread').map((each) => valueOf(each, 'id') ?? ''),
			);
			const users = [
				...all('devices/disk/driver').map((at) => ({at, attribute: 'iothread'})),
				...all('devices/controller/driver').map((at) => ({at, attribute: 'iothread'})),
				...all('cputune/iothreadpin').map((at) => ({at, attribute: 'iothread'})),
			];
			for (const {at, attribute} of users) {
				const id = valueOf(at, attribute);
				if (id === undefined || ids.has(id)) continue;
				yield {
					at,
					attribute,
					message: `There is no I/O thread ${id}`,
					cure: ids.size === 0 ? '<iothreads>1</iothreads> beside <vcpu>' : `one of ${[...ids].join(', ')}`,
				};
			}
		},
	},
	{
		id: 'iothread-twice',
		drivers: machines,
		level: 'error',
		about: 'Each I/O thread has a number of its own.',
		*find({all}) {
			for (const [thread] of repeated(all('iothreadids/iothread'), (each) => valueOf(each, 'id'))) {
				yield {at: thread, attribute: 'id', message: `Two I/O threads have the number ${valueOf(thread, 'id')}`, cure: 'another number'};
			}
		},
	},
	{
		id: 'time-quota',
		drivers: both,
		level: 'error',
		about: 'A quota of CPU time is at least 1000 µs.',
		*find({all}) {
			for (const name of ['quota', 'global_quota', 'emulator_quota', 'iothread_quota']) {
				for (const quota of all(`cputune/${name}`)) {
					const value = integerOf(textIn(quota));
					if (value === undefined || value === 0 || value >= 1000) continue;
					yield {
						at: quota,
						message: `A <${name}> is at least 1000: these are microseconds of a period`,
						cure: `${value * 1000}`,
					};
				}
			}
		},
	},
	{
		id: 'block-limit-twice',
		drivers: machines,
		level: 'error',
		about: 'Each device has one limit in <blkiotune>.',
		*find({all}) {
			for (const [path] of repeated(all('blkiotune/device/path'), (each) => textIn(each))) {
				yield {at: path, message: `'${textIn(path)}' has two limits`, cure: 'take one out'};
			}
		},
	},
	{
		id: 'perf-event-twice',
		drivers: machines,
		level: 'error',
		about: 'Each event of <perf> is there once.',
		*find({all}) {
			for (const [event] of repeated(all('perf/event'), (each) => valueOf(each, 'name'))) {
				yield {
					at: event,
					attribute: 'name',
					message: `The event '${valueOf(event, 'name')}' is there twice`,
					cure: 'take one out',
				};
			}
		},
	},
];

/** The numbers of the I/O threads: those that are given, and the lowest ones for the rest of them. */
function threadsOf(count: number | undefined, given: readonly string[]): ReadonlySet<string> {
	const ids = new Set(given);
	for (let next = 1; ids.size < Math.min(count ?? 0, 1000); next++) ids.add(String(next));
	return ids;
}
