import {dirname} from 'node:path';
import {isWithin} from '../../spec/paths.ts';
import type {KnownMount} from '../host/mount-table.ts';
import {showsUnseen, type UnseenPlace} from '../host/unseen-places.ts';
import type {GuestTree} from './guest-tree.ts';
import {unspeakable} from './take-entries.ts';

const unbindable =
	/^(?:nsfs|autofs|fuse.*|proc|sysfs|cgroup2?|devpts|devtmpfs|mqueue|debugfs|tracefs|securityfs|binfmt_misc|configfs|pstore|bpf|hugetlbfs|rpc_pipefs|fusectl|efivarfs|selinuxfs)$/;
const mostNestedMounts = 32;

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

/** Whether it cannot be bound, or would show a place that no sandbox sees. At the top level each directory is bound, whatever is mounted there. */
function isLeftOut(mount: KnownMount, {base, unseen}: {readonly base: string; readonly unseen: readonly UnseenPlace[]}): boolean {
	const {mountPoint, fileSystem} = mount;
	const isTop = dirname(mountPoint) === (base === '' ? '/' : base);
	return (unbindable.test(fileSystem) && !isTop) || unspeakable.test(mountPoint) || showsUnseen(mount, unseen);
}

export interface NestedMounts {
	readonly table: readonly KnownMount[];
	/** What others of these are mounted in is taken apart like other directories. */
	readonly split: readonly KnownMount[];
	/** What would show a part of these is left out. */
	readonly unseen: readonly UnseenPlace[];
}

/** Binds mounts of the host that lie below a bound directory; gives those it leaves out. */
export function addNestedMounts(guest: GuestTree, {table, split, unseen}: NestedMounts): string[] {
	const hidden: string[] = [];
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
		const isTooMany = hidden.length + guest.mounts.size > mostNestedMounts + guest.top.size;
		if (isTooMany) hidden.push(target);
		else guest.mounts.set(target, {kind: 'bind', target, source: mountPoint, readonly: true, cause: undefined});
	}
	return hidden;
}
