import {readdirSync, readFileSync, rmdirSync} from 'node:fs';
import {isCode} from '../guest/state-directory.ts';
import {readMountTable} from '../host/mount-table.ts';

/** Where libvirtd makes them when no systemd does: `machine/qemu-ID-NAME.libvirt-qemu`, NAME cut short. */
const form = /^qemu-\d+-(.*)\.libvirt-qemu$/;
/** A process that was killed counts until it is reaped. */
const goingMs = 2000;

/** Removes the cgroups of machines of this name, which libvirtd would have removed, had it not gone, and what it left in them without a QEMU. What somebody else is in stays. */
export async function removeMachineCgroups(name: string): Promise<void> {
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
				killAbandoned(`${place}/${entry}`);
				isDone = removeTree(`${place}/${entry}`) && isDone;
			}
		}
	}
	return isDone;
}

/** Kills a virtiofsd whose QEMU never came, or has gone: it would wait for one for ever. */
function killAbandoned(path: string): void {
	const members = [path, ...listDirectories(path).map((child) => `${path}/${child}`)]
		.flatMap((directory) => readOrEmpty(`${directory}/cgroup.procs`).split('\n'))
		.filter((pid) => pid !== '')
		.map((pid) => ({pid: Number(pid), program: readOrEmpty(`/proc/${pid}/cmdline`).split('\0')[0] ?? ''}));
	if (members.some(({program}) => program !== '' && !program.endsWith('virtiofsd'))) return;
	for (const {pid, program} of members) {
		try {
			if (program !== '') process.kill(pid, 'SIGKILL');
		} catch {
			// It was quicker.
		}
	}
}

function readOrEmpty(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
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
