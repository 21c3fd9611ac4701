import {existsSync, globSync, readFileSync, rmdirSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {embeddedSocket, embeddedUri, ensureEmbeddedLibvirtd} from '../../src/backend/host/embedded-libvirtd.ts';
import {domainCgroups} from './cgroups.ts';

export interface TestLibvirtd {
	/** Path of the daemon's socket. */
	readonly socket: string;
	/** Reaches its LXC driver. */
	readonly uri: string;
}

const socket = process.env['VIRT_SANDBOX_TEST_SOCKET'];
if (socket === undefined && process.env['CI'] === 'true') {
	throw new Error('There is no libvirtd for the tests (VIRT_SANDBOX_TEST_SOCKET): start them by scripts/test.sh');
}

/**
 * A test that needs the libvirtd of the tests; skipped where scripts/test-bed.sh could not start one (never with CI=true).
 * One after the other: thirty starts at once keep a small machine so busy that waits run out.
 */
export const testWithLibvirtd = socket === undefined ? test.serial.skip : test.serial;

/** The libvirtd of this test run, for a test made by testWithLibvirtd. */
export function testLibvirtd(): TestLibvirtd {
	if (socket === undefined) {
		throw new Error('There is no libvirtd for the tests');
	}
	return {socket, uri: `lxc:///system?socket=${socket}`};
}

export interface OwnLibvirtd extends TestLibvirtd {
	readonly pid: number;
	/** Once it was killed. */
	startAgain(): Promise<void>;
}

/** A libvirtd for this test alone, which it may harm. Root only. It and its guests are killed at the test's end. */
export async function startOwnLibvirtd(t: ExecutionContext): Promise<OwnLibvirtd> {
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
