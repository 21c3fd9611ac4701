import {readFileSync} from 'node:fs';
import {ifThere} from '../../host/files/if-there.ts';
import {cgroupMounts} from '../../host/mounts/cgroup-mounts.ts';
import {readMountTable, type HostMount} from '../../host/mounts/mount-table.ts';

/** A control group of libvirt's making, in one hierarchy. */
export interface Cgroup {
	readonly mountPoint: string;
	readonly path: string;
	/** Of the hierarchy; none: version 2. */
	readonly controllers: readonly string[];
}

/** What is known of the control groups of this host; a test gives others. */
export interface CgroupFacts {
	/** Where they are mounted, the usual places first. */
	mountTable(): readonly HostMount[];
	/** `/proc/PID/cgroup`, or throws as the system call does. */
	read(pid: number): string;
}

/** Of this one. */
export const hostCgroups: CgroupFacts = {mountTable: () => cgroupMounts(readMountTable()), read: readCgroups};

/** What the kernel says of the control groups of a process. */
export function readCgroups(pid: number): string {
	return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
}

/** Libvirt's own ends with .libvirt-lxc; in a systemd scope it is somewhere above. */
export const groupName = /\/(?:lxc-|machine-lxc)/;

/** The cgroups of libvirt's making that a process is in, one of each hierarchy. */
export function cgroupsOf(pid: number, facts: CgroupFacts = hostCgroups): Cgroup[] {
	const text = ifThere(() => facts.read(pid));
	if (text === undefined) return [];
	const mounts = facts.mountTable();
	const cgroups: Cgroup[] = [];
	for (const line of text.split('\n')) {
		const [, words = '', ...rest] = line.split(':');
		const path = rest.join(':');
		if (!groupName.test(path) || path.startsWith('/..')) continue;
		const controllers = words === '' ? [] : words.split(',');
		const mount = mounts.find(({fileSystem, options}) =>
			words === '' ? fileSystem === 'cgroup2' : fileSystem === 'cgroup' && controllers.every((name) => options.includes(name)),
		);
		if (mount !== undefined) cgroups.push({mountPoint: mount.mountPoint, path: `${mount.mountPoint}${path}`, controllers});
	}
	return cgroups;
}

/** Whether a process is in the cgroup of a container of libvirt's. */
export function isInContainer(pid: number): boolean {
	return cgroupsOf(pid).length > 0;
}
