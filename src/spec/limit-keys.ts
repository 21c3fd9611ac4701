import {formatDuration, formatSizeKiB, parseInteger, parseSizeKiB} from '../core/units.ts';
import {part} from './define-single-key.ts';
import type {Key} from './key.ts';
import {parseMemory, parsePercent, parsePids, parseTimeout} from './parse/parse-limits.ts';

/** The keys of limits. */
export const limitKeys: readonly Key[] = [
	part(['limits', 'memoryKiB'], {
		name: 'memory',
		form: 'size',
		placeholder: 'SIZE',
		fallback: '512M',
		help: 'how much memory the sandbox may use',
		parse: parseMemory,
		format: formatSizeKiB,
	}),
	part(['limits', 'swapKiB'], {
		name: 'swap',
		form: 'size',
		placeholder: 'SIZE',
		fallback: 'as much as memory',
		help: 'swap beside the memory',
		parse: (text) => parseSizeKiB(text, 'swap', {allowZero: true}),
		format: formatSizeKiB,
	}),
	part(['limits', 'vcpus'], {
		name: 'vcpus',
		form: 'integer',
		placeholder: 'N',
		fallback: '1',
		help: 'number of CPUs',
		parse: (text) => parseInteger(text, 'number of CPUs', 1, 4096),
	}),
	part(['limits', 'cpuShares'], {
		name: 'cpu-shares',
		form: 'integer',
		placeholder: 'N',
		fallback: "the kernel's 1024",
		help: 'weight among the users of the CPU',
		parse: (text) => parseInteger(text, 'CPU shares', 2, 262_144),
	}),
	part(['limits', 'cpuQuotaPercent'], {
		name: 'cpu-quota',
		form: 'integer',
		placeholder: 'PERCENT',
		fallback: 'no limit',
		help: 'maximum CPU time, in percent of one CPU',
		parse: parsePercent,
	}),
	part(['limits', 'ioWeight'], {
		name: 'io-weight',
		form: 'integer',
		placeholder: 'N',
		fallback: "the kernel's",
		help: 'weight among the users of the disks',
		parse: (text) => parseInteger(text, 'I/O weight', 100, 1000),
	}),
	part(['limits', 'pids'], {
		name: 'pids',
		form: 'integer',
		placeholder: 'N',
		fallback: '4096',
		help: 'maximum number of processes and threads of a container; 0: no limit',
		parse: parsePids,
	}),
	part(['limits', 'timeoutMs'], {
		name: 'timeout',
		form: 'size',
		placeholder: 'SECONDS',
		fallback: 'none',
		help: 'time after which the sandbox is stopped',
		parse: parseTimeout,
		format: formatDuration,
	}),
];
