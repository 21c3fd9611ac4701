import {dirname} from 'node:path';
import {isWithin, pathDepth} from '../../spec/paths.ts';
import type {KnownMount} from '../host/mount-table.ts';
import {lstatWithin} from '../host/root-directory.ts';
import {showsUnseen, type UnseenPlace} from '../host/unseen-places.ts';
import {isServedByOthers} from '../host/waiting-mounts.ts';
import {addMount, type GuestTree} from './guest-tree.ts';
import {unspeakable} from './take-entries.ts';

const unbindable =
	/^(?:nsfs|autofs|fuse.*|proc|sysfs|cgroup2?|devpts|devtmpfs|mqueue|debugfs|tracefs|securityfs|binfmt_misc|configfs|pstore|bpf|hugetlbfs|rpc_pipefs|fusectl|efivarfs|selinuxfs)$/;
/** More would take libvirt its time. So many are bound, and so many places covered. */
const most = 32;

/**
 * The mounts of a table that are to be seen in a root: a later one hides those at its place and below, and what lies in one that is left out
 * goes with it.
 */
export function visibleMounts(table: readonly KnownMount[], root: {readonly base: string; readonly unseen: readonly UnseenPlace[]}): KnownMount[] {
	const visible = new Map<string, KnownMount>();
	for (const mount of table) {
		for (const path of visible.keys()) if (isWithin(path, mount.mountPoint)) visible.delete(path);
		visible.set(mount.mountPoint, mount);
	}
	const mounts = [...visible.values()];
	const left = mounts.filter((mount) => isLeftOut(mount, root)).map(({mountPoint}) => mountPoint);
	return mounts.filter(({mountPoint}) => !left.some((outer) => outer !== mountPoint && isWithin(mountPoint, outer)));
}

/**
 * Whether it cannot be bound, or would show a place that no sandbox sees. At the top level each directory is bound, whatever is mounted there,
 * but for what an ordinary user's program answers for: it could hold up libvirtd.
 */
function isLeftOut(mount: KnownMount, {base, unseen}: {readonly base: string; readonly unseen: readonly UnseenPlace[]}): boolean {
	const {mountPoint, fileSystem} = mount;
	const isTop = dirname(mountPoint) === (base === '' ? '/' : base);
	return (unbindable.test(fileSystem) && !isTop) || isServedByOthers(mount, 0) || unspeakable.test(mountPoint) || showsUnseen(mount, unseen);
}

export interface NestedMounts {
	readonly table: readonly KnownMount[];
	/** What others of these are mounted in is taken apart like other directories. */
	readonly split: readonly KnownMount[];
	/** What would show a part of these is left out. */
	readonly unseen: readonly UnseenPlace[];
}

/** Binds mounts of the host that lie below a bound directory; gives those it leaves out. Those that are too many are covered, so that what lies beneath is not seen. */
export function addNestedMounts(guest: GuestTree, {table, split, unseen}: NestedMounts): string[] {
	const hidden: string[] = [];
	const tooMany: string[] = [];
	let bound = 0;
	for (const mount of table) {
		const {mountPoint} = mount;
		if (split.some((other) => other.mountPoint !== mountPoint && isWithin(other.mountPoint, mountPoint))) continue;
		const target = mountPoint.slice(guest.base.length);
		if (target === '' || target === '/var/tmp' || target.startsWith('/.oldroot')) continue;
		if (isLeftOut(mount, {base: guest.base, unseen})) {
			guest.mounts.delete(target);
			hidden.push(target);
			continue;
		}
		if (guest.mounts.has(target)) continue;
		if (++bound > most) tooMany.push(target);
		else guest.mounts.set(target, {kind: 'bind', target, source: mountPoint, readonly: true, cause: undefined});
	}
	for (const target of placesAround(tooMany)) {
		const isFile = lstatWithin('', guest.base + target)?.isFile() === true;
		addMount(guest, {kind: 'hide', target, of: isFile ? 'file' : 'directory', readonly: true, cause: undefined});
	}
	return hidden;
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
