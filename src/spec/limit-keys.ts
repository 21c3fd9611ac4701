import {usageError} from '../core/errors.ts';
import {formatDuration, formatSizeKiB, parseDuration, parseInteger, parseSizeKiB} from '../core/units.ts';
import {part, type PartKey} from './define-single-key.ts';
import type {Key} from './key.ts';
import type {SandboxSpec} from './types.ts';

/** More than any Linux can have: its pid_max. */
const mostPids = 4_194_304;

/** What it takes to begin a command. */
const leastPids = 8;

/** A size, in KiB. */
function parseMemory(text: string): number {
	return parseSizeKiB(text, 'memory', {plain: {leastBytes: 1024 ** 2, to: 'start a sandbox'}});
}

/** Percent of one CPU: 250 is two and a half CPUs. */
function parsePercent(text: string): number {
	return parseInteger(text.replace(/%$/, ''), 'CPU quota in percent', 1, 409_600);
}

/** 0: no limit. */
function parsePids(text: string): number {
	const pids = parseInteger(text, 'number of processes', 0, mostPids);
	if (pids > 0 && pids < leastPids) {
		throw usageError(`A sandbox cannot start with ${pids} processes`, `Give at least ${leastPids}, of which its init needs four, or 0 for no limit.`);
	}
	return pids;
}

/** In milliseconds. */
function parseTimeout(text: string): number {
	const milliseconds = parseDuration(text, 'timeout');
	if (milliseconds === 0) {
		throw usageError(`The timeout '${text}' is zero`, 'Write seconds, such as 10; for no limit, leave the timeout out.');
	}
	return milliseconds;
}

type Limits = SandboxSpec['limits'];

type LimitKey<L extends keyof Limits> = Omit<PartKey<'limits', L>, 'options' | 'form' | 'placeholder'>;

/** The key of one, and its option: a number where no other shape is given. */
function limit<L extends keyof Limits>(name: L, key: LimitKey<L> & Partial<Pick<Key, 'form' | 'placeholder'>>): Key {
	return part(['limits', name], {options: 'Limits', form: 'integer', placeholder: 'N', ...key});
}

/** The keys of limits. */
export const limitKeys: readonly Key[] = [
	limit('memoryKiB', {
		name: 'memory',
		form: 'size',
		placeholder: 'SIZE',
		fallback: '512M',
		help: 'memory: 512M, 1GiB; without a unit: bytes',
		parse: parseMemory,
		format: formatSizeKiB,
	}),
	limit('swapKiB', {
		name: 'swap',
		form: 'size',
		placeholder: 'SIZE',
		fallback: 'no limit',
		help: 'swap on top of the memory; containers only',
		parse: (text) => parseSizeKiB(text, 'swap', {allowZero: true}),
		format: formatSizeKiB,
	}),
	limit('vcpus', {
		name: 'vcpus',
		fallback: '1',
		help: 'virtual CPUs',
		parse: (text) => parseInteger(text, 'number of CPUs', 1, 4096),
	}),
	limit('cpuShares', {
		name: 'cpu-shares',
		fallback: "the kernel's 1024",
		help: 'weight among the users of the CPU',
		parse: (text) => parseInteger(text, 'CPU shares', 2, 262_144),
	}),
	limit('cpuQuotaPercent', {
		name: 'cpu-quota',
		placeholder: 'PERCENT',
		fallback: 'no limit',
		help: 'most time of one CPU',
		parse: parsePercent,
	}),
	limit('ioWeight', {
		name: 'io-weight',
		fallback: "the kernel's",
		help: 'weight among the users of the disks',
		parse: (text) => parseInteger(text, 'I/O weight', 100, 1000),
	}),
	limit('pids', {
		name: 'pids',
		fallback: '4096',
		help: 'most processes and threads, 0: no limit; containers only',
		parse: parsePids,
	}),
	limit('timeoutMs', {
		name: 'timeout',
		form: 'size',
		placeholder: 'SECONDS',
		fallback: 'none',
		help: 'stop the command after that time; the status is 124',
		parse: parseTimeout,
		format: formatDuration,
	}),
];
