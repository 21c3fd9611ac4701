import {readdirSync, readFileSync, rmdirSync} from 'node:fs';
import {isCode} from '../guest/state-directory.ts';
import {readMountTable} from '../host/mount-table.ts';
import {listProcesses, type RunningProcess} from '../host/processes.ts';
import {isQemu} from './machine-process.ts';
import {machineName} from './names-of-libvirt.ts';

/** Where libvirtd makes them when no systemd does: `machine/qemu-ID-NAME.libvirt-qemu`. */
const form = /^(qemu-(\d+)-.*)\.libvirt-qemu$/;
/** A process that was killed counts until it is reaped. */
const goingMs = 2000;
const stepMs = 20;

/**
 * Removes what libvirtd would have removed of a machine whose QEMU is gone, had it not gone itself: its cgroups. What a QEMU that lives has stays, since other libvirtds may have machines whose names are the same as far as libvirt writes
 * them; a cgroup that somebody else is in stays as well.
 */
export async function removeMachineRemains(name: string): Promise<void> {
	const until = performance.now() + goingMs;
	while (!removeCgroups(name) && performance.now() < until) await pause(stepMs);
}

/** False: one of them is not empty. */
function removeCgroups(name: string): boolean {
	const held = cgroupsOfQemus();
	let isDone = true;
	for (const {mountPoint, fileSystem} of readMountTable()) {
		if (fileSystem !== 'cgroup' && fileSystem !== 'cgroup2') continue;
		const place = `${mountPoint}/machine`;
		for (const entry of listDirectories(place)) {
			const [, whole, id = ''] = form.exec(entry) ?? [];
			if (whole === machineName('qemu', id, name) && !held.includes(`/${entry}`)) isDone = removeTree(`${place}/${entry}`) && isDone;
		}
	}
	return isDone;
}

/** What /proc says of the cgroups of all QEMUs that live. */
function cgroupsOfQemus(): string {
	return listQemus()
		.map(({pid}) => {
			try {
				return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
			} catch {
				return '';
			}
		})
		.join('');
}

function listQemus(): RunningProcess[] {
	return listProcesses().filter(({words}) => isQemu(words));
}

function pause(milliseconds: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, milliseconds);
	});
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

function listDirectories(path: string): string[] {
	try {
		return readdirSync(path, {withFileTypes: true}).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
	} catch {
		return [];
	}
}
