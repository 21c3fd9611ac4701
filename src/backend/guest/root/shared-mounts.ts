import {dirname, join} from 'node:path';
import {innermost, isWithin} from '../../../spec/paths.ts';
import {isFirmWay} from '../../host/files/firm-way.ts';
import {isTemporary, type GuestMount} from './guest-tree.ts';

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

/** Whether others than the caller may move a mount point on the host, whether it can be written to from here or not. */
export function isMovableOnHost(mounts: readonly GuestMount[], mountPoint: string, caller: number): boolean {
	const around = innermost(
		mounts.filter((mount) => mount.target !== mountPoint),
		mountPoint,
		({target}) => target,
	);
	return around !== undefined && isLedIn(around, mountPoint, (directory) => isFirmWay(directory, caller));
}

/** Whether others may change the way, on the host, to a place in what is mounted around it; `isFirm`: of a directory of the host, nobody may. */
export function isLedIn(around: GuestMount, place: string, isFirm: (directory: string) => boolean): boolean {
	if (isOfOthers(around)) return true;
	return around.kind === 'bind' && !isTemporary(around) && !isFirm(dirname(join(around.source, place.slice(around.target.length))));
}
