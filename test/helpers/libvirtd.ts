import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {embeddedSocket, embeddedUri, ensureEmbeddedLibvirtd} from '../../src/backend/host/embedded-libvirtd.ts';

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

/** A test that needs the libvirtd of the tests; skipped where scripts/test-bed.sh could not start one (never with CI=true). */
export const testWithLibvirtd = socket === undefined ? test.skip : test;

/** The libvirtd of this test run, for a test made by testWithLibvirtd. */
export function testLibvirtd(): TestLibvirtd {
	if (socket === undefined) {
		throw new Error('There is no libvirtd for the tests');
	}
	return {socket, uri: `lxc:///system?socket=${socket}`};
}

/** A libvirtd for this test alone, which it may harm. Root only. It and its guests are killed at the test's end. */
export async function startOwnLibvirtd(t: ExecutionContext): Promise<TestLibvirtd & {readonly pid: number}> {
	const outer = await mkdtemp(join(tmpdir(), 'libvirtd-'));
	const directory = join(outer, 'libvirtd');
	t.teardown(async () => {
		await killDaemon(directory);
		await rm(outer, {recursive: true, force: true});
	});
	await ensureEmbeddedLibvirtd({directory, idleSeconds: 60});
	return {socket: embeddedSocket(directory), uri: embeddedUri(directory), pid: await readPid(directory)};
}

async function readPid(directory: string): Promise<number> {
	return Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
}

/** Kills the daemon of this directory and what its guests left, and waits until it is gone, five seconds at most. */
async function killDaemon(directory: string): Promise<void> {
	const pid = await readPid(directory).catch(() => 0);
	if (pid <= 0) {
		return;
	}
	const deadline = Date.now() + 5000;
	for (let signal: NodeJS.Signals | 0 = 'SIGTERM'; Date.now() < deadline; signal = Date.now() > deadline - 2000 ? 'SIGKILL' : 0) {
		try {
			process.kill(pid, signal);
		} catch {
			return;
		}
		await wait(10);
	}
}
