import {basename, dirname} from 'node:path';
import {isWithin, pathDepth} from '../../../spec/paths.ts';
import {onceEach} from '../../../core/once.ts';
import {isFirmWay} from '../../host/files/firm-way.ts';
import {isRemoved, visibleOf, type KnownMount} from '../../host/mounts/mount-table.ts';
import {listWithin} from '../../host/files/root-directory.ts';
import {showsUnseen, type UnseenPlace} from '../../host/mounts/unseen-places.ts';
import {isServedByOthers} from '../../host/mounts/waiting-mounts.ts';
import {addMount, coverOf, type GuestTree} from './guest-tree.ts';
import {unspeakable} from './take-entries.ts';

const unbindable =
	/^(?:nsfs|autofs|fuse.*|proc|sysfs|cgroup2?|devpts|devtmpfs|mqueue|debugfs|tracefs|securityfs|binfmt_misc|configfs|pstore|bpf|hugetlbfs|rpc_pipefs|fusectl|efivarfs|selinuxfs)$/;
type BeneathKind = 'directory' | 'file';
/** More would take libvirt its time. So many are bound, and so many places covered. */
const most = 32;

/**
 * The mounts of a table that are to be seen in a root: a later one hides those at its place and below, and what lies in one that is left out
 * goes with it.
 */
export function visibleMounts(table: readonly KnownMount[], root: RootMounts): KnownMount[] {
	const mounts = visibleOf(table);
	// What somebody has had mounted by the automounter is seen, though nobody can ask for more.
	const left = mounts.filter((mount) => isLeftOut(mount, root) && !isAutomounter(mount, root)).map(({mountPoint}) => mountPoint);
	return mounts.filter(({mountPoint}) => !left.some((outer) => outer !== mountPoint && isWithin(mountPoint, outer)));
}

/** What says which mounts of the host a root has. */
interface RootMounts {
	readonly base: string;
	/** What would show a part of these is left out. */
	readonly unseen: readonly UnseenPlace[];
	/** Whether others may change a directory: they could put one mount in the place of another. */
	readonly isOthers: (directory: string) => boolean;
}

/**
 * Whether it cannot be bound, would show a place that no sandbox sees, or lies where others may lead it elsewhere. At the top level each directory is bound, whatever is mounted there,
 * but for what an ordinary user's program answers for, which could hold up libvirtd; and for an automounter, which would go out and mount
 * for a sandbox what that asks for.
 */
function isLeftOut(mount: KnownMount, {base, unseen, isOthers}: RootMounts): boolean {
	const {mountPoint, fileSystem} = mount;
	const isBindable = !unbindable.test(fileSystem) || (isTop(mountPoint, base) && fileSystem !== 'autofs');
	return (
		!isBindable ||
		isRemoved(mount) ||
		isServedByOthers(mount, 0) ||
		unspeakable.test(mountPoint) ||
		showsUnseen(mount, unseen) ||
		isOthers(dirname(mountPoint))
	);
}

/** Whether it is an automounter's directory at the top level, as `/net`. */
export function isAutomounter({fileSystem, mountPoint}: KnownMount, {base}: Pick<RootMounts, 'base'>): boolean {
	return fileSystem === 'autofs' && isTop(mountPoint, base);
}

function isTop(path: string, base: string): boolean {
	return dirname(path) === (base === '' ? '/' : base);
}

interface NestedMounts extends Omit<RootMounts, 'base'> {
	readonly table: readonly KnownMount[];
	/** What others of these are mounted in is taken apart like other directories. */
	readonly split: readonly KnownMount[];
}

/** What the guest lacks of the mounts of a table. */
interface LackedMounts {
	readonly hidden: readonly string[];
	/** Of which places nobody has looked what lies beneath, as others may change the way there, or a domain's XML could not hold them. */
	readonly masked: readonly string[];
}

/**
 * Binds mounts of the host that lie below a bound directory. Those that are left out, or too many, are covered, so that what lies beneath is
 * not seen.
 */
export function addNestedMounts(guest: GuestTree, {table, split, unseen, isOthers}: NestedMounts): LackedMounts {
	const hidden: string[] = [];
	const left: KnownMount[] = [];
	const tooMany: string[] = [];
	let bound = 0;
	for (const mount of table) {
		const {mountPoint} = mount;
		if (split.some((other) => other.mountPoint !== mountPoint && isWithin(other.mountPoint, mountPoint))) continue;
		const target = mountPoint.slice(guest.base.length);
		if (target === '' || target === '/var/tmp' || target.startsWith('/.oldroot')) continue;
		if (isLeftOut(mount, {base: guest.base, unseen, isOthers})) {
			guest.mounts.delete(target);
			hidden.push(target);
			// Else the skeleton has a place for it, and nothing there.
			if (coverOf(guest, target) !== undefined) left.push(mount);
			continue;
		}
		if (guest.mounts.has(target)) continue;
		const isApart = coverOf(guest, target) === undefined;
		if (++bound <= most) {
			if (isApart) makePlace(guest, target);
			guest.mounts.set(target, {kind: 'bind', target, source: mountPoint, readonly: true, cause: undefined});
		} else if (!isApart) tooMany.push(target);
	}
	const kindOf = kindsBeneath(guest);
	const masked: string[] = [];
	const cover = (target: string, of: BeneathKind | undefined): void => {
		if (of === undefined) masked.push(target);
		else addMount(guest, {kind: 'hide', target, of, readonly: true, cause: undefined});
	};
	for (const [index, mount] of left.entries()) {
		const target = mount.mountPoint.slice(guest.base.length);
		// Its place is that user's: they could hold up libvirt there.
		cover(target, index < most && !isServedByOthers(mount, 0) ? kindOf(target) : undefined);
	}
	for (const target of placesAround(tooMany)) cover(target, kindOf(target));
	return {hidden, masked};
}

/** In the skeleton, where an automounter's directory has nothing. */
function makePlace({top}: GuestTree, target: string): void {
	const parts = target.slice(1).split('/');
	for (const index of parts.keys()) {
		const path = parts.slice(0, index + 1).join('/');
		if (!top.has(path)) top.set(path, {kind: 'directory', path});
	}
}

/** What lies beneath what is mounted at a place, as the directory around it says: it is not asked itself, nor are directories that others may change. */
function kindsBeneath({base, isFirm = isFirmWay}: Pick<GuestTree, 'base' | 'isFirm'>): (target: string) => BeneathKind | undefined {
	const list = onceEach((directory) => {
		try {
			return isFirm(base + directory) ? listWithin(base, directory) : [];
		} catch {
			return [];
		}
	});
	return (target) => {
		const entry = unspeakable.test(target) ? undefined : list(dirname(target)).find(({name}) => name === basename(target));
		return entry && (entry.isDirectory() ? 'directory' : 'file');
	};
}

/**
 * Places that hold all of these. Where they are too many, of the deepest those make way for the directory they lie in that are the most in
 * one; where no two lie together, all the deepest do.
 */
function placesAround(paths: readonly string[]): string[] {
	let places = [...new Set(paths)];
	while (places.length > most) {
		const deepest = Math.max(...places.map(pathDepth));
		// At the top: these lie in no directory that could be covered.
		if (deepest === 1) break;
		const crowds = new Map<string, number>();
		for (const path of places) if (pathDepth(path) === deepest) crowds.set(dirname(path), (crowds.get(dirname(path)) ?? 0) + 1);
		const largest = Math.max(...crowds.values());
		const [crowded] = [...crowds.keys()].filter((directory) => crowds.get(directory) === largest);
		const giveWay = (path: string): boolean => pathDepth(path) === deepest && (largest === 1 || dirname(path) === crowded);
		places = [...new Set(places.map((path) => (giveWay(path) ? dirname(path) : path)))];
	}
	return places.filter((path) => places.every((other) => other === path || !isWithin(path, other)));
}
