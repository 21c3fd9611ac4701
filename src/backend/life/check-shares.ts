import {readdirSync, readlinkSync, statSync, type BigIntStats} from 'node:fs';
import {ShellError} from '../../core/errors.ts';
import {ifThere} from '../host/if-there.ts';
import {inPlace} from '../host/in-place.ts';

/**
 * Refuses a machine whose QEMU, which is this process, shares something else by 9p than these places, which have no links: it opens
 * directories by path, and whoever writes to a directory on the way may have put a link there meanwhile. What it has opened is to have
 * the place's path, and be what lies there; of a place that is shared twice there are to be two.
 */
export function checkShares(places: readonly string[], qemu: number): void {
	const opened = listOpened(qemu, new Set(places));
	for (const place of places) {
		const shared = opened.get(place) ?? [];
		const index = shared.indexOf(identify(place) ?? '');
		if (index < 0) {
			throw new ShellError('refused', `The way to ${place} changed while the machine started`, {
				hint: 'Try again; if it comes back, mount directories that nobody else writes to',
			});
		}
		shared.splice(index, 1);
	}
}

/** What a process has open at these places, by where it is by now. */
function listOpened(pid: number, places: ReadonlySet<string>): ReadonlyMap<string, string[]> {
	const opened = new Map<string, string[]>();
	for (const descriptor of listDescriptors(pid)) {
		const place = ifThere(() => readlinkSync(descriptor));
		if (place === undefined || !places.has(place)) continue;
		const stats = ifThere(() => statSync(descriptor, {bigint: true}));
		if (stats !== undefined) opened.set(place, [...(opened.get(place) ?? []), idOf(stats)]);
	}
	return opened;
}

function listDescriptors(pid: number): string[] {
	const directory = `/proc/${pid}/fd`;
	try {
		return readdirSync(directory).map((name) => `${directory}/${name}`);
	} catch (cause) {
		throw new ShellError('unavailable', 'It cannot be seen which directories the QEMU of the machine has opened', {
			hint: 'Is QEMU another user’s? Run it as root, or in qemu:///session',
			cause,
		});
	}
}

/** What lies at a place; undefined: nothing, or a link leads there. */
function identify(place: string): string | undefined {
	return ifThere(() => inPlace(place, (here) => idOf(statSync(here, {bigint: true}))));
}

function idOf({dev, ino}: BigIntStats): string {
	return `${dev}:${ino}`;
}
