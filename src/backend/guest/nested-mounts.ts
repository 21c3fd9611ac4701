import {isWithin} from '../../spec/paths.ts';
import type {HostMount} from '../host/mount-table.ts';
import type {GuestTree} from './guest-tree.ts';
import {unspeakable} from './take-entries.ts';

const unbindable =
	/^(?:nsfs|autofs|fuse.*|proc|sysfs|cgroup2?|devpts|devtmpfs|mqueue|debugfs|tracefs|securityfs|binfmt_misc|configfs|pstore|bpf|hugetlbfs|rpc_pipefs|fusectl|efivarfs|selinuxfs)$/;
const mostNestedMounts = 32;

/** Binds every mount of the host that lies below a bound directory; gives those it leaves out. */
export function addNestedMounts(guest: GuestTree, table: readonly HostMount[]): string[] {
	const hidden: string[] = [];
	const nested = new Map<string, HostMount>();
	for (const mount of table) {
		for (const path of nested.keys()) if (isWithin(path, mount.mountPoint)) nested.delete(path);
		nested.set(mount.mountPoint, mount);
	}
	for (const {mountPoint, fileSystem} of nested.values()) {
		const target = mountPoint.slice(guest.base.length);
		if (guest.mounts.has(target) || target === '' || target === '/var/tmp' || target.startsWith('/.oldroot')) continue;
		const isTooMany = hidden.length + guest.mounts.size > mostNestedMounts + guest.top.size;
		if (isTooMany || unbindable.test(fileSystem) || unspeakable.test(mountPoint)) hidden.push(target);
		else guest.mounts.set(target, {kind: 'bind', target, source: mountPoint, readonly: true, cause: undefined});
	}
	return hidden;
}
