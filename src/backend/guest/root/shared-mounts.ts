import {dirname, join} from 'node:path';
import {onceEach} from '../../../core/once.ts';
import {isWithin} from '../../../spec/paths.ts';
import {isFirmWay} from '../../host/files/firm-way.ts';
import {isTemporary, outerOf, type GuestMount} from './guest-tree.ts';

/** Whether it shows a place of the host that somebody named: others may have that too, and change the ways in it, whether it is writable here or not. */
export function isOfOthers(mount: GuestMount): boolean {
	return (mount.kind === 'bind' || mount.kind === 'guest-bind') && mount.cause !== undefined && !isTemporary(mount);
}

/** Whether others than the sandbox itself may write to it. */
export function mayBeShared(mount: GuestMount): boolean {
	return !mount.readonly && isOfOthers(mount);
}

/** Whether others may move a mount point, and what is mounted on it with that. */
export function isMovable(mounts: readonly GuestMount[], mountPoint: string): boolean {
	return mounts.some((mount) => mayBeShared(mount) && mount.target !== mountPoint && isWithin(mountPoint, mount.target));
}

/** Whom a place of the guest is asked for. */
export interface LedFor {
	/** Whose the ways on the host may be, besides root's. */
	readonly user: number;
	/** Whose sandbox it is, and so whose its temporary directories are. */
	readonly caller: number;
}

/**
 * Finds the places of a guest at which others than root, and than a user, could have something else lie, on the host: they may write to a
 * directory on the way there, or to one on the way to a mount around it, whether it can be written to from here or not.
 */
export function ledFinder(mounts: readonly GuestMount[], {user, caller}: LedFor): (place: string) => boolean {
	const guest = {mounts: new Map(mounts.map((mount) => [mount.target, mount]))};
	const isFirm = onceEach((directory) => isFirmWay(directory, user));
	const isLed = onceEach((place: string): boolean => {
		// Nobody changes the skeleton.
		if (dirname(place) === '/') return false;
		const around = outerOf(guest, place);
		if (around === undefined) return false;
		if (isLed(around.target) || isOfOthers(around)) return true;
		if (isTemporary(around)) return user !== caller;
		return around.kind === 'bind' && !isFirm(dirname(join(around.source, place.slice(around.target.length))));
	});
	return isLed;
}
