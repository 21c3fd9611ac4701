import {formatDuration, formatSizeKiB, parseInteger, parseSizeKiB} from '../core/units.ts';
import {part, type PartKey} from './define-single-key.ts';
import type {Key} from './key.ts';
import {parseMemory, parsePercent, parsePids, parseTimeout} from './parse/parse-limits.ts';
import type {SandboxSpec} from './types.ts';

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
