import {isWithin} from '../../../spec/paths.ts';
import type {KnownMount} from '../../host/mounts/mount-table.ts';
import type {MountTree} from '../../host/mounts/mount-tree.ts';

/** What libvirt may mount by itself in each directory of the sandbox's own, the innermost first. */
const ofLibvirt = [
	// Nobody sees it: a ram is to lie there.
	{directory: '/sys/fs/cgroup', holds: /^(?:cgroup2?|tmpfs)$/},
	{directory: '/sys', holds: /^(?:sysfs|securityfs|selinuxfs)$/},
	{directory: '/proc', holds: /^(?:proc|fuse\b.*)$/},
	{directory: '/dev', holds: /^(?:tmpfs|devpts|mqueue)$/},
] as const;
/** By which the kernel is asked and told. Elsewhere others have what the host mounts below a directory just then. */
const ofKernel =
	/^(?:cgroup2?|proc|sysfs|securityfs|selinuxfs|devpts|devtmpfs|debugfs|tracefs|bpf|configfs|efivarfs|pstore|binfmt_misc|fusectl|resctrl|rpc_pipefs|nfsd)$/;

/**
 * A mount that nobody planned and that is to be seen, of a kind by which the kernel is told something: libvirt mounts the host's control groups
 * wherever the host has them, and links of a root lead that to any directory. `tree`: of that table; `isPlanned`: whether something is to be mounted at a place.
 */
export function findStray(table: readonly KnownMount[], tree: MountTree, isPlanned: (place: string) => boolean): KnownMount | undefined {
	return table.find((mount) => !isPlanned(mount.mountPoint) && isOdd(mount) && tree.placeOf(mount.mountPoint)?.mount === mount);
}

function isOdd({mountPoint, fileSystem}: KnownMount): boolean {
	const around = ofLibvirt.find(({directory}) => isWithin(mountPoint, directory));
	return around === undefined ? ofKernel.test(fileSystem) : !around.holds.test(fileSystem);
}
