import {readdirSync} from 'node:fs';
import {readMountTable} from '../host/mount-table.ts';

/** A control group of a domain, where libvirtd makes it when no systemd does: `machine/DRIVER-ID-NAME.libvirt-DRIVER`. */
export interface DomainCgroup {
	readonly path: string;
	/** As machineName gives it. */
	readonly machine: string;
	/** The domain's; of a container the pid of its controller. */
	readonly id: number;
}

/** The control groups of all domains of a driver, in every hierarchy. */
export function listDomainCgroups(driver: 'lxc' | 'qemu'): DomainCgroup[] {
	const form = new RegExp(`^(${driver}-(\\d+)-.*)\\.libvirt-${driver}$`);
	return readMountTable().flatMap(({mountPoint, fileSystem}) => {
		if (fileSystem !== 'cgroup' && fileSystem !== 'cgroup2') return [];
		return listDirectories(`${mountPoint}/machine`).flatMap((entry) => {
			const [, machine, id] = form.exec(entry) ?? [];
			return machine === undefined ? [] : {path: `${mountPoint}/machine/${entry}`, machine, id: Number(id)};
		});
	});
}

/** The directories in one; none where it has gone. */
export function listDirectories(directory: string): string[] {
	try {
		return readdirSync(directory, {withFileTypes: true}).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
	} catch {
		return [];
	}
}
