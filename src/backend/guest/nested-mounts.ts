import {isWithin} from '../../spec/paths.ts';
import type {KnownMount} from '../host/mount-table.ts';
import {showsUnseen, type UnseenPlace} from '../host/unseen-places.ts';
import type {GuestTree} from './guest-tree.ts';
import {unspeakable} from './take-entries.ts';

const unbindable =
	/^(?:nsfs|autofs|fuse.*|proc|sysfs|cgroup2?|devpts|devtmpfs|mqueue|debugfs|tracefs|securityfs|binfmt_misc|configfs|pstore|bpf|hugetlbfs|rpc_pipefs|fusectl|efivarfs|selinuxfs)$/;
const mostNestedMounts = 32;

/** The mounts of a table that are to be seen: a later one hides those at its place and below. */
export function visibleMounts(table: readonly KnownMount[]): KnownMount[] {
	const visible = new Map<string, KnownMount>();
	for (const mount of table) {
		for (const path of visible.keys()) if (isWithin(path, mount.mountPoint)) visible.delete(path);
		visible.set(mount.mountPoint, mount);
	}
	return [...visible.values()];
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
		const {mountPoint, fileSystem} = mount;
		if (split.some((other) => other.mountPoint !== mountPoint && isWithin(other.mountPoint, mountPoint))) continue;
		const target = mountPoint.slice(guest.base.length);
		if (target === '' || target === '/var/tmp' || target.startsWith('/.oldroot')) continue;
		if (showsUnseen(mount, unseen)) {
			// One at the top level is bound already.
			guest.mounts.delete(target);
			hidden.push(target);
			continue;
		}
		if (guest.mounts.has(target)) continue;
		const isTooMany = hidden.length + guest.mounts.size > mostNestedMounts + guest.top.size;
		if (isTooMany || unbindable.test(fileSystem) || unspeakable.test(mountPoint)) hidden.push(target);
		else guest.mounts.set(target, {kind: 'bind', target, source: mountPoint, readonly: true, cause: undefined});
	}
	return hidden;
}
