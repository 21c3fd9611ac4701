import {readMountTable} from '../../src/backend/host/mounts/mount-table.ts';
import {listDomainCgroups} from '../../src/backend/limits/domain-cgroups.ts';

/** Where one hierarchy of control groups is, version 1 or 2: for tests that make groups of their own. */
export function anyHierarchy(): string {
	const found = readMountTable().find(({fileSystem}) => fileSystem === 'cgroup' || fileSystem === 'cgroup2');
	if (found === undefined) throw new Error('This host has no control groups');
	return found.mountPoint;
}

/** The control groups of domains, in all hierarchies, whose machine is called like this: `lxc-PID-NAME`, `qemu-ID-NAME`. */
export function domainCgroups(machine: RegExp): string[] {
	return (['lxc', 'qemu'] as const)
		.flatMap((driver) => listDomainCgroups(driver))
		.filter((cgroup) => machine.test(cgroup.machine))
		.map(({path}) => path);
}
