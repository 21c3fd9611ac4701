import {rmdirSync} from 'node:fs';
import {basename} from 'node:path';
import {comesTrue} from '../../core/comes-true.ts';
import {isCode} from '../../core/is-code.ts';
import {listPids} from '../host/processes.ts';
import {readOrEmpty} from '../host/files/read-or-empty.ts';
import {listDirectories, listDomainCgroups, machineName} from '../limits/domain-cgroups.ts';
import {endPasst} from './end-passt.ts';
import {isQemu} from './machine-process.ts';

/** A process that was killed counts until it is reaped. */
const goingMs = 2000;
const stepMs = 20;

/**
 * Removes the cgroups of a machine whose QEMU is gone, and ends its passt, as libvirtd would have done, had it not gone itself. Those of a QEMU that
 * lives stay: another libvirtd may have a machine whose name is the same as far as libvirt writes it. So does a cgroup that somebody
 * else is in.
 */
export async function removeLeftoverMachine({name, uri}: {readonly name: string; readonly uri: string}): Promise<void> {
	await endPasst({name, uri});
	await comesTrue(() => removeCgroups(name), {mostMs: goingMs, stepMs});
}

/** False: one of them is not empty. */
function removeCgroups(name: string): boolean {
	const held = cgroupsOfQemus();
	let isDone = true;
	for (const {path, machine, id} of listDomainCgroups('qemu')) {
		if (machine === machineName('qemu', id, name) && !held.includes(`/${basename(path)}`)) isDone = removeTree(path) && isDone;
	}
	return isDone;
}

/** What /proc says of the cgroups of all QEMUs that live. */
function cgroupsOfQemus(): string {
	return listPids()
		.filter(isQemu)
		.map((pid) => readOrEmpty(`/proc/${pid}/cgroup`))
		.join('');
}

/** From the leaves up; the files in a cgroup go with it. */
function removeTree(path: string): boolean {
	const isEmpty = listDirectories(path).every((child) => removeTree(`${path}/${child}`));
	if (!isEmpty) return false;
	try {
		rmdirSync(path);
		return true;
	} catch (error) {
		return isCode(error, 'ENOENT');
	}
}
