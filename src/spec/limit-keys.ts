import {defaultSpec} from './default-spec.ts';
import {single} from './define-single-key.ts';
import type {Key} from './key.ts';
import {formatLimits, parseLimits, type LimitWords} from './parse/parse-limits.ts';
import type {SandboxSpec} from './types.ts';

interface LimitKey extends Pick<Key, 'name' | 'help' | 'placeholder' | 'fallback'> {
	readonly word: keyof LimitWords;
	readonly field: keyof SandboxSpec['limits'];
	readonly form: 'size' | 'integer';
}

function limit({word, field, ...key}: LimitKey): Key {
	return single({
		...key,
		get: (spec) => (spec.limits[field] === defaultSpec.limits[field] ? undefined : formatLimits(spec.limits)[word]),
		set: (spec, text) => ({...spec, limits: parseLimits({[word]: text}, spec.limits)}),
		unset: (spec) => ({...spec, limits: {...spec.limits, [field]: defaultSpec.limits[field]}}),
	});
}

/** The keys of limits. */
export const limitKeys: readonly Key[] = [
	limit({
		name: 'memory',
		word: 'memory',
		field: 'memoryKiB',
		form: 'size',
		placeholder: 'SIZE',
		fallback: '512M',
		help: 'how much memory the sandbox may use',
	}),
	limit({name: 'swap', word: 'swap', field: 'swapKiB', form: 'size', placeholder: 'SIZE', fallback: 'as much as memory', help: 'swap beside the memory'}),
	limit({name: 'vcpus', word: 'vcpus', field: 'vcpus', form: 'integer', placeholder: 'N', fallback: '1', help: 'number of CPUs'}),
	limit({
		name: 'cpu-shares',
		word: 'cpuShares',
		field: 'cpuShares',
		form: 'integer',
		placeholder: 'N',
		fallback: "the kernel's 1024",
		help: 'weight among those that want a CPU',
	}),
	limit({
		name: 'cpu-quota',
		word: 'cpuQuota',
		field: 'cpuQuotaPercent',
		form: 'integer',
		placeholder: 'PERCENT',
		fallback: 'no limit',
		help: 'most CPU time, in percent of one CPU',
	}),
	limit({
		name: 'io-weight',
		word: 'ioWeight',
		field: 'ioWeight',
		form: 'integer',
		placeholder: 'N',
		fallback: "the kernel's",
		help: 'weight among those that want a disk',
	}),
	limit({
		name: 'pids',
		word: 'pids',
		field: 'pids',
		form: 'integer',
		placeholder: 'N',
		fallback: '4096',
		help: 'most processes and threads of a container; 0: no limit',
	}),
	limit({
		name: 'timeout',
		word: 'timeout',
		field: 'timeoutMs',
		form: 'size',
		placeholder: 'SECONDS',
		fallback: 'none',
		help: 'time after which the sandbox is stopped',
	}),
];
