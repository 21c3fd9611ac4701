import {usageError} from '../../core/errors.ts';
import {longestDurationMs, parseDuration, parseInteger, parseSizeKiB} from '../../core/units.ts';

/** More than any Linux can have: its pid_max. */
const mostPids = 4_194_304;

/** What it takes to begin a command. */
const leastPids = 8;

/** A size, in KiB. */
export function parseMemory(text: string): number {
	return parseSizeKiB(text, 'memory', {plain: {leastBytes: 1024 ** 2, to: 'start a sandbox'}});
}

/** Percent of one CPU: 250 is two and a half CPUs. */
export function parsePercent(text: string): number {
	return parseInteger(text.replace(/%$/, ''), 'CPU quota in percent', 1, 409_600);
}

/** 0: no limit. */
export function parsePids(text: string): number {
	const pids = parseInteger(text, 'number of processes', 0, mostPids);
	if (pids > 0 && pids < leastPids) {
		throw usageError(`A sandbox cannot start with ${pids} processes`, `Give at least ${leastPids}, of which its init needs four, or 0 for no limit.`);
	}
	return pids;
}

/** In milliseconds. */
export function parseTimeout(text: string): number {
	const milliseconds = parseDuration(text, 'timeout');
	if (milliseconds === 0) {
		throw usageError(`The timeout '${text}' is zero`, 'Write seconds, such as 10; for no limit, leave the timeout out.');
	}
	return Math.min(milliseconds, longestDurationMs);
}
