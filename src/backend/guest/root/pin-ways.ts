import {dirname} from 'node:path';
import {coverOf, isTemporary, placeIn, type GuestMount, type GuestTree} from './guest-tree.ts';

type Showing = GuestMount & {readonly kind: 'bind' | 'guest-bind'};

/** What a guest-bind shows may be changed at its own place. */
function isChangeable(mount: GuestMount): mount is Showing {
	if (mount.cause === undefined) return false;
	return mount.kind === 'guest-bind' || (mount.kind === 'bind' && !mount.readonly && !isTemporary(mount));
}

/**
 * Mounts each directory on itself that leads, in what a guest may write to, to something that is mounted there: one that is mounted upon cannot
 * be renamed. So nobody in the guest puts something else in the place of what is read-only, and nothing that is covered shows in the next one.
 */
export function pinWays(guest: GuestTree): void {
	for (const {target, cause} of guest.mounts.values()) {
		if (cause === undefined) continue;
		for (let directory = dirname(target); directory !== '/'; directory = dirname(directory)) {
			const around = coverOf(guest, directory);
			if (around === undefined || around.target === directory || !isChangeable(around)) continue;
			const source = around.kind === 'bind' ? placeIn(around, directory) : directory;
			guest.mounts.set(directory, {...around, target: directory, source});
		}
	}
}
