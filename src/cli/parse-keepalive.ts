import {keepaliveDefault} from '../backend/libvirt/transport/keepalive-default.ts';
import {parseInteger} from '../core/units.ts';

/** What -k and -K of both programs say; undefined: neither is given, so the connection's own default counts (over ssh: `keepaliveDefault`, else none); false: none. */
export function parseKeepalive(
	interval: string | undefined,
	count: string | undefined,
): {readonly intervalMs: number; readonly count: number} | false | undefined {
	if (interval === undefined && count === undefined) return undefined;
	const intervalMs = interval === undefined ? keepaliveDefault.intervalMs : parseInteger(interval, 'keepalive interval in seconds', 0, 86_400) * 1000;
	const most = count === undefined ? keepaliveDefault.count : parseInteger(count, 'keepalive count', 0, 1000);
	return intervalMs === 0 ? false : {intervalMs, count: most};
}
