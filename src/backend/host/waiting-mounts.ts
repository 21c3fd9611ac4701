import {waysTo} from '../../spec/paths.ts';
import {firmWays} from './firm-way.ts';
import type {HostMount} from './mount-table.ts';
import {onceEach} from './once.ts';

/** Of directories of the host. */
export interface Ways {
	/** Whether nobody but root can change the way to one. */
	readonly isFirm?: (directory: string) => boolean;
	/** Whether others may, so that what the host has mounted there is left out. */
	readonly isOthers?: (directory: string) => boolean;
}

type Served = Pick<HostMount, 'fileSystem' | 'options'>;

/** A server may be gone. */
const remote = /^(?:nfs\d*|cifs|smb\d*|smbfs|ceph|9p|afs)$/;
const fuse = /^fuse(?:blk)?(?:\..*)?$/;

/** Whether a program of some other user than root and `user` answers for it: that may take its time for ever, and hold up whoever asks. */
export function isServedByOthers({fileSystem, options}: Served, user: number): boolean {
	return fuse.test(fileSystem) && !options.some((option) => option === 'user_id=0' || option === `user_id=${user}`);
}

/** Whether all that is asked of it is asked of a server. */
export function isRemote({fileSystem}: Pick<HostMount, 'fileSystem'>): boolean {
	return remote.test(fileSystem);
}

/** Whether who looks may wait for a server, for a program of another user than root and `user`, or for something to be mounted that is not the kernel's own. */
function mayWait(mount: HostMount, user: number): boolean {
	return (mount.fileSystem === 'autofs' && !mount.mountPoint.startsWith('/proc/')) || isRemote(mount) || isServedByOthers(mount, user);
}

/** The mounts of a table that keep somebody waiting who looks. What is mounted over another, as by the kernel's automounter, hides that. */
export function findWaiting(table: readonly HostMount[], user: number): HostMount[] {
	const last = new Map(table.map((mount) => [mount.mountPoint, mount]));
	return [...last.values()].filter((mount) => mayWait(mount, user));
}

/** Whose the ways to directories are; where root asks, `isOthers` too: whether others may change one. */
export function waysFor(user: number, table: readonly HostMount[]): Ways {
	const waiting = findWaiting(table, user);
	const isFirm = firmWays(keepsOff(waiting));
	return user === 0 ? {isFirm, isOthers: othersIn(waiting, isFirm)} : {isFirm};
}

/**
 * Says whether others than root may change a directory, or the way there, of which nobody is asked who may keep them waiting: in a server's
 * file system, or an automounter's, root makes the entries.
 */
function othersIn(waiting: readonly HostMount[], isFirm: (directory: string) => boolean): (directory: string) => boolean {
	const at = new Map(waiting.map((mount) => [mount.mountPoint, mount]));
	at.delete('/');
	return onceEach((directory: string) => {
		const end = waysTo(directory).find((each) => at.has(each) || !isFirm(each));
		const mount = end === undefined ? undefined : at.get(end);
		return end !== undefined && (mount === undefined || isServedByOthers(mount, 0));
	});
}

/** Whether nothing is mounted at a place that is one of these. `/` counts as none: whoever lives there waits for it anyway. */
export function keepsOff(mounts: ReadonlyArray<Pick<HostMount, 'mountPoint'>>): (place: string) => boolean {
	const places = new Set(mounts.map(({mountPoint}) => mountPoint).filter((place) => place !== '/'));
	return (place) => !places.has(place);
}
