import {readdirSync, rmdirSync} from 'node:fs';
import {isCode} from '../guest/state-directory.ts';
import {readMountTable} from '../host/mount-table.ts';
import {listVirtiofsds} from './virtiofsd-processes.ts';

/** Where libvirtd makes them when no systemd does: `machine/qemu-ID-NAME.libvirt-qemu`, NAME cut short. */
const form = /^qemu-\d+-(.*)\.libvirt-qemu$/;
/** The most of a domain's name that libvirt takes into other names (`VIR_DOMAIN_SHORT_NAME_MAX`). */
const shortName = 20;
/** A process that was killed counts until it is reaped. */
const goingMs = 2000;

/**
 * Removes what libvirtd would have removed of machines of this name, had it not gone: virtiofsds without a QEMU, and cgroups. A
 * cgroup that somebody else is in stays.
 */
export async function removeMachineRemains(name: string): Promise<void> {
	killWaiting(name);
	const until = performance.now() + goingMs;
	while (!removeAll(name) && performance.now() < until) {
		await new Promise((resolve) => {
			setTimeout(resolve, 20);
		});
	}
}

/** False: one of them is not empty. */
function removeAll(name: string): boolean {
	let isDone = true;
	for (const {mountPoint, fileSystem} of readMountTable()) {
		if (fileSystem !== 'cgroup' && fileSystem !== 'cgroup2') continue;
		const place = `${mountPoint}/machine`;
		for (const entry of listDirectories(place)) {
			const start = form.exec(entry)?.[1];
			if (start !== undefined && name.startsWith(start)) {
				isDone = removeTree(`${place}/${entry}`) && isDone;
			}
		}
	}
	return isDone;
}

/** Kills a virtiofsd whose QEMU never came: it would wait for one for ever. One that had a QEMU ends with it. */
function killWaiting(name: string): void {
	for (const {
		process: {pid},
		sockets,
	} of listVirtiofsds()) {
		if (sockets.some(({isConnected}) => isConnected) || !sockets.some(({path}) => isSocketOf(path, name))) continue;
		try {
			process.kill(pid, 'SIGKILL');
		} catch {
			// It was quicker.
		}
	}
}

/** libvirt names their directory for the domain's id and the first 20 characters of its name. */
function isSocketOf(path: string, name: string): boolean {
	return /\/domain-\d+-([^/]+)\/fs\d+-fs\.sock$/.exec(path)?.[1] === name.slice(0, shortName);
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
