import {dirname} from 'node:path';
import {waysTo} from '../../../spec/paths.ts';
import {onceEach} from '../../../core/once.ts';
import {firmWays, isFirmStep} from '../files/firm-way.ts';
import {visibleOf, type HostMount} from './mount-table.ts';

/** Of directories of the host. */
export interface Ways {
	/** Whether nobody but root can change the way to one. */
	readonly isFirm?: (directory: string) => boolean;
	/** Whether others may, so that what the host has mounted there is left out. */
	readonly isOthers?: (directory: string) => boolean;
	/** Whether no program of another user answers for what is mounted at a place. */
	readonly mayAsk?: (place: string) => boolean;
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

/** Whether a place may be asked by `user`, as far as that is about what is mounted there. */
export function mayBeAsked(mountTable: readonly HostMount[], user: number): (place: string) => boolean {
	return keepsOff(mountTable.filter((mount) => isServedByOthers(mount, user)));
}

/** Whose the ways to directories are; where root asks, `isOthers` too: whether others may change one. */
export function waysFor(user: number, table: readonly HostMount[]): Ways & {mayAsk(place: string): boolean} {
	const ways = {isFirm: firmWays(keepsOff(findWaiting(table, user))), mayAsk: mayBeAsked(table, user)};
	return user === 0 ? {...ways, isOthers: othersIn(table)} : ways;
}

/**
 * Says whether others than root may change a directory, or the way there, of which nobody is asked who may keep them waiting: the entries of an
 * automounter are made by that, those of a server's file system may be anybody's, but for what is mounted at its top.
 */
function othersIn(table: readonly HostMount[]): (directory: string) => boolean {
	const mounts = new Map(visibleOf(table).map((mount) => [mount.mountPoint, mount]));
	const isFirmAbove = onceEach((place: string) => isFirmStep(place, true));
	return onceEach((directory: string) => {
		let around: HostMount | undefined;
		for (const place of ['/', ...waysTo(directory)]) {
			around = mounts.get(place) ?? around;
			if (around === undefined || around.mountPoint === '/' || !mayWait(around, 0)) {
				if (place === directory ? !isFirmStep(place, false) : !isFirmAbove(place)) return true;
			} else if (isServedByOthers(around, 0) || (isRemote(around) && place !== around.mountPoint)) return true;
		}
		return false;
	});
}

/**
 * Says whether a place may be looked at by who goes there from the top, and waits for nobody: of an automounter's directory itself, and what
 * that has mounted there, but nothing else in it.
 */
export function passes(table: readonly HostMount[], waiting: readonly HostMount[]): (place: string) => boolean {
	// Of others to look at the directory itself is to have something mounted there.
	const automounters = waiting.filter(({fileSystem, options}) => fileSystem === 'autofs' && options.includes('indirect'));
	const isFree = keepsOff(waiting.filter((mount) => !automounters.includes(mount)));
	if (automounters.length === 0) return isFree;
	const [inside, mounted] = [automounters, table].map((mounts) => new Set(mounts.map(({mountPoint}) => mountPoint)));
	return (place) => isFree(place) && (inside?.has(dirname(place)) !== true || mounted?.has(place) === true);
}

/** Whether nothing is mounted at a place that is one of these. `/` counts as none: whoever lives there waits for it anyway. */
export function keepsOff(mounts: ReadonlyArray<Pick<HostMount, 'mountPoint'>>): (place: string) => boolean {
	const places = new Set(mounts.map(({mountPoint}) => mountPoint).filter((place) => place !== '/'));
	return (place) => !places.has(place);
}
