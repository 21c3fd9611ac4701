import {isWithin} from '../../spec/paths.ts';
import type {HostMount} from '../host/mount-table.ts';
import type {GuestTree} from './guest-tree.ts';
import {unspeakable} from './take-entries.ts';

const unbindable =
	/^(?:nsfs|autofs|fuse.*|proc|sysfs|cgroup2?|devpts|devtmpfs|mqueue|debugfs|tracefs|securityfs|binfmt_misc|configfs|pstore|bpf|hugetlbfs|rpc_pipefs|fusectl|efivarfs|selinuxfs)$/;
const mostNestedMounts = 32;

/** The mounts of a table that are to be seen: a later one hides those at its place and below. */
export function visibleMounts(table: readonly HostMount[]): HostMount[] {
	const visible = new Map<string, HostMount>();
	for (const mount of table) {
		for (const path of visible.keys()) if (isWithin(path, mount.mountPoint)) visible.delete(path);
		visible.set(mount.mountPoint, mount);
	}
	return [...visible.values()];
}

/** Binds mounts of the host that lie below a bound directory; gives those it leaves out. What others of `split` are mounted in is taken apart like other directories. */
export function addNestedMounts(guest: GuestTree, {table, split}: {readonly table: readonly HostMount[]; readonly split: readonly HostMount[]}): string[] {
	const hidden: string[] = [];
	for (const {mountPoint, fileSystem} of table) {
		if (split.some((other) => other.mountPoint !== mountPoint && isWithin(other.mountPoint, mountPoint))) continue;
		const target = mountPoint.slice(guest.base.length);
		if (guest.mounts.has(target) || target === '' || target === '/var/tmp' || target.startsWith('/.oldroot')) continue;
		const isTooMany = hidden.length + guest.mounts.size > mostNestedMounts + guest.top.size;
		if (isTooMany || unbindable.test(fileSystem) || unspeakable.test(mountPoint)) hidden.push(target);
		else guest.mounts.set(target, {kind: 'bind', target, source: mountPoint, readonly: true, cause: undefined});
	}
	return hidden;
}
