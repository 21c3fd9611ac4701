import {existsSync, globSync, readFileSync, rmdirSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {ensureEmbeddedLibvirtd} from '../../src/backend/host/libvirtd/embedded-libvirtd.ts';
import {embeddedSocket, embeddedUri} from '../../src/backend/host/libvirtd/embedded-place.ts';
import {domainCgroups} from './cgroups.ts';

export interface TestLibvirtd {
	/** Path of the daemon's socket. */
	readonly socket: string;
	/** Reaches its LXC driver. */
	readonly uri: string;
}

export interface OwnLibvirtd extends TestLibvirtd {
	readonly pid: number;
	/** Once it was killed. */
	startAgain(): Promise<void>;
}

/** A libvirtd for this test alone, which it may harm. Root only. It and its guests are killed at the test's end. */
export async function startOwnLibvirtd(t: {teardown(end: () => Promise<void>): void}): Promise<OwnLibvirtd> {
	const outer = await mkdtemp(join(tmpdir(), 'libvirtd-'));
	const directory = join(outer, 'libvirtd');
	t.teardown(async () => {
		await killDaemon(directory);
		await rm(outer, {recursive: true, force: true});
	});
	const start = async (): Promise<void> => void (await ensureEmbeddedLibvirtd({directory, idleSeconds: 60}));
	await start();
	const pid = await readPid(directory);
	const startAgain = async (): Promise<void> => {
		// One that is just dying still takes connections.
		await waitUntil(() => !existsSync(`/proc/${pid}`));
		await start();
	};
	return {socket: embeddedSocket(directory), uri: embeddedUri(directory), pid, startAgain};
}

async function readPid(directory: string): Promise<number> {
	return Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
}

/** Kills the guests and the daemon of this directory, puts away their cgroups, and waits until all is gone, five seconds at most. */
async function killDaemon(directory: string): Promise<void> {
	const guests = globSync(join(directory, 'run', 'lxc', '*.pid')).map((file) => Number(readFileSync(file, 'utf8')));
	const daemon = await readPid(directory).catch(() => 0);
	await Promise.all([daemon, ...guests].map((pid) => killProcess(pid)));
	for (const cgroup of guests.flatMap((pid) => domainCgroups(new RegExp(`^lxc-${pid}-`)))) {
		await waitUntil(() => removeCgroup(cgroup));
	}
}

async function killProcess(pid: number): Promise<void> {
	if (pid <= 0) {
		return;
	}
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		return;
	}
	await waitUntil(() => !existsSync(`/proc/${pid}`));
}

/** Removes an empty cgroup with those below it; false while a process is in one. */
function removeCgroup(cgroup: string): boolean {
	try {
		for (const child of globSync(`${cgroup}/*/`)) {
			removeCgroup(child);
		}
		rmdirSync(cgroup);
		return true;
	} catch {
		return !existsSync(cgroup);
	}
}

async function waitUntil(condition: () => boolean): Promise<void> {
	const deadline = Date.now() + 5000;
	while (!condition() && Date.now() < deadline) {
		await wait(10);
	}
}
