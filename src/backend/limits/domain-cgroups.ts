import {readdirSync} from 'node:fs';
import {ifThere} from '../host/files/if-there.ts';
import {cgroupMounts} from '../host/mounts/cgroup-mounts.ts';
import {readMountTable} from '../host/mounts/mount-table.ts';

/** A control group of a domain: `machine/DRIVER-ID-NAME.libvirt-DRIVER`, or the scope that systemd made for libvirtd. */
interface DomainCgroup {
	readonly path: string;
	/** As machineName gives it. */
	readonly machine: string;
	/** The domain's; of a container the pid of its controller. */
	readonly id: number;
}

/** The control groups of all domains of a driver, in every hierarchy. */
export function listDomainCgroups(driver: 'lxc' | 'qemu'): DomainCgroup[] {
	const form = new RegExp(`^${driver}-(\\d+)-.*`);
	return cgroupMounts(readMountTable()).flatMap(({mountPoint}) =>
		places.flatMap(({directory, machineOf}) =>
			listDirectories(`${mountPoint}/${directory}`).flatMap((entry) => {
				const machine = machineOf(entry);
				const id = machine === undefined ? undefined : form.exec(machine)?.[1];
				return machine === undefined || id === undefined ? [] : {path: `${mountPoint}/${directory}/${entry}`, machine, id: Number(id)};
			}),
		),
	);
}

/** Where the groups are, and which machine one with this name is of. */
const places: ReadonlyArray<{readonly directory: string; readonly machineOf: (entry: string) => string | undefined}> = [
	{directory: 'machine', machineOf: (entry) => /^(.*)\.libvirt-(?:lxc|qemu)$/.exec(entry)?.[1]},
	// Names of units have other characters, `-` too, as \xNN.
	{
		directory: 'machine.slice',
		machineOf: (entry) =>
			/^machine-(.*)\.scope$/.exec(entry)?.[1]?.replaceAll(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
	},
];

/** The directories in one; none where it has gone. */
export function listDirectories(directory: string): string[] {
	const entries = ifThere(() => readdirSync(directory, {withFileTypes: true})) ?? [];
	return entries.flatMap((entry) => (entry.isDirectory() ? entry.name : []));
}

/** As many bytes a name of a machine has for systemd (libvirt, `virDomainMachineNameAppendValid`). */
const longestMachineName = 64;

/** What libvirt calls a domain where systemd may hear it, as in the names of cgroups; its id is the pid of a container's controller. */
export function machineName(driver: 'lxc' | 'qemu', id: number, name: string): string {
	let text = `${driver}-${id}-`;
	let afterMark = true;
	for (const character of name) {
		if (text.length === longestMachineName) break;
		const isMark = character === '-' || character === '.';
		if (isMark ? afterMark : !/[0-9a-z]/i.test(character)) continue;
		text += character;
		afterMark = isMark;
	}
	return text.replace(/[-.]+$/, '');
}
