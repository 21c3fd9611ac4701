import {usageError} from '../../core/errors.ts';
import {formatDuration, formatSizeKiB, longestDurationMs, parseDuration, parseInteger, parseSizeKiB} from '../../core/units.ts';
import type {Limits} from '../types.ts';

/** More than any Linux can have: its pid_max. */
const mostPids = 4_194_304;

/** What it takes to begin a command. */
const leastPids = 8;

/** The limits as a person writes them; what is left out stays as it was. */
export interface LimitWords {
	readonly memory?: string | undefined;
	readonly swap?: string | undefined;
	readonly vcpus?: string | undefined;
	readonly cpuShares?: string | undefined;
	readonly cpuQuota?: string | undefined;
	readonly ioWeight?: string | undefined;
	readonly pids?: string | undefined;
	readonly timeout?: string | undefined;
}

/** Reads limits (sizes with units, percent of one CPU, seconds) over those given. Bounds are the kernel's and libvirt's. */
export function parseLimits(words: LimitWords, limits: Limits): Limits {
	return {
		memoryKiB:
			words.memory === undefined ? limits.memoryKiB : parseSizeKiB(words.memory, 'memory', {plain: {leastBytes: 1024 ** 2, to: 'start a sandbox'}}),
		swapKiB: words.swap === undefined ? limits.swapKiB : parseSizeKiB(words.swap, 'swap', {allowZero: true}),
		vcpus: words.vcpus === undefined ? limits.vcpus : parseInteger(words.vcpus, 'number of CPUs', 1, 4096),
		cpuShares: words.cpuShares === undefined ? limits.cpuShares : parseInteger(words.cpuShares, 'CPU shares', 2, 262_144),
		cpuQuotaPercent: words.cpuQuota === undefined ? limits.cpuQuotaPercent : parsePercent(words.cpuQuota),
		ioWeight: words.ioWeight === undefined ? limits.ioWeight : parseInteger(words.ioWeight, 'I/O weight', 100, 1000),
		pids: words.pids === undefined ? limits.pids : parsePids(words.pids),
		timeoutMs: words.timeout === undefined ? limits.timeoutMs : parseTimeout(words.timeout),
	};
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

function parseTimeout(text: string): number {
	const milliseconds = parseDuration(text, 'timeout');
	if (milliseconds === 0) {
		throw usageError(`The timeout '${text}' is zero`, 'Write seconds, such as 10; without a timeout there is no end.');
	}
	return Math.min(milliseconds, longestDurationMs);
}

/** Writes limits as `parseLimits` reads them; what is unset is left out. */
export function formatLimits(limits: Limits): LimitWords {
	return {
		memory: formatSizeKiB(limits.memoryKiB),
		swap: limits.swapKiB === undefined ? undefined : formatSizeKiB(limits.swapKiB),
		vcpus: String(limits.vcpus),
		cpuShares: limits.cpuShares?.toString(),
		cpuQuota: limits.cpuQuotaPercent?.toString(),
		ioWeight: limits.ioWeight?.toString(),
		pids: limits.pids?.toString(),
		timeout: limits.timeoutMs === undefined ? undefined : formatDuration(limits.timeoutMs),
	};
}
