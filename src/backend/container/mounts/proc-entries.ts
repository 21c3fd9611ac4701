import {readdirSync, type Dirent} from 'node:fs';
import {kernelSettings} from '../../guest/root/root-plan.ts';

const proc = '/proc';
/** Libvirt mounts these itself. */
const ofLibvirt = ['sys', 'meminfo'];

/**
 * What the kernel has in /proc beside its processes, and no mount of its own keeps read-only: owner and mode of it are one for all mounts of
 * /proc, the host's too, and root's to change in a container.
 */
export function findProcEntries(): string[] {
	return readdirSync(proc, {withFileTypes: true})
		.filter((entry) => isOfKernel(entry) && !ofLibvirt.includes(entry.name))
		.map(({name}) => `${proc}/${name}`)
		.filter((path) => !kernelSettings.includes(path));
}

/** Links lead to processes. */
function isOfKernel(entry: Dirent): boolean {
	return !/^\d+$/.test(entry.name) && !entry.isSymbolicLink();
}
