import {parseInteger} from '../core/units.ts';

const defaults = {intervalSeconds: 5, count: 5} as const;

/** What -k and -K say; undefined: neither is given, so the connection's own default counts; false: none. */
export function parseKeepalive(
	interval: string | undefined,
	count: string | undefined,
): {readonly intervalMs: number; readonly count: number} | false | undefined {
	if (interval === undefined && count === undefined) return undefined;
	const seconds = interval === undefined ? defaults.intervalSeconds : parseInteger(interval, 'keepalive interval in seconds', 0, 86_400);
	const most = count === undefined ? defaults.count : parseInteger(count, 'keepalive count', 0, 1000);
	return seconds === 0 ? false : {intervalMs: seconds * 1000, count: most};
}
