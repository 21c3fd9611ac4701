import {isWithin} from '../../spec/paths.ts';
import type {GuestMount} from './guest-tree.ts';

/** Whether others than the sandbox itself may write to it. */
export function mayBeShared({kind, readonly, cause}: GuestMount): boolean {
	if (readonly || (kind !== 'bind' && kind !== 'guest-bind')) return false;
	return cause?.type !== 'host-bind' || cause.source !== undefined;
}

/** Whether others may move a mount point, and what is mounted on it with that. */
export function isMovable(mounts: readonly GuestMount[], mountPoint: string): boolean {
	return mounts.some((mount) => mayBeShared(mount) && mount.target !== mountPoint && isWithin(mountPoint, mount.target));
}
