import {chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {ExecutionContext} from 'ava';
import {ConnectFailed, isUnreachable, openConnection} from '../../../../src/backend/libvirt/index.ts';
import {startFakeLibvirtd} from '../../../helpers/fake-libvirtd.ts';

async function makeDirectory(t: ExecutionContext): Promise<string> {
	t.timeout(20_000);
	const directory = await mkdtemp(join(tmpdir(), 'transport-'));
	t.teardown(() => rm(directory, {recursive: true, force: true}));
	return directory;
}

/** A socket file that nobody listens on. */
async function makeStaleSocket(path: string): Promise<void> {
	await mkdir(dirname(path), {recursive: true});
	const server = createServer();
	await new Promise<void>((resolve) => {
		server.listen(`${path}-live`, resolve);
	});
	await rename(`${path}-live`, path);
	await new Promise((resolve) => {
		server.close(resolve);
	});
}

async function makeProgram(path: string, script: string): Promise<void> {
	await mkdir(dirname(path), {recursive: true});
	await writeFile(path, `#!/bin/sh\n${script}\n`);
	await chmod(path, 0o755);
}

/** The first words a started program has left in a file. */
async function waitForFile(path: string): Promise<string> {
	for (let attempt = 0; attempt < 1000; attempt++) {
		const text = await readFile(path, 'utf8').catch(() => '');
		if (text.endsWith('\n')) {
			return text;
		}

		await wait(5);
	}

	throw new Error(`${path} was never written`);
}

test('a socket that nobody listens on is told as refused', async (t) => {
	const path = join(await makeDirectory(t), 'sock');
	await makeStaleSocket(path);
	const error = await t.throwsAsync(openConnection(`lxc:///system?socket=${path}`), {instanceOf: ConnectFailed});
	t.like(error, {problem: 'refused', message: `No libvirtd for lxc:///system?socket=${path}: nobody listens on ${path}`});
	t.true(isUnreachable(error));
});

test('a path through a file is told as absent', async (t) => {
	const directory = await makeDirectory(t);
	await writeFile(join(directory, 'file'), '');
	t.like(await t.throwsAsync(openConnection(`lxc:///system?socket=${directory}/file/sock`), {instanceOf: ConnectFailed}), {problem: 'absent'});
});

test('a path that is no socket is told with its reason', async (t) => {
	const path = join(await makeDirectory(t), 'x'.repeat(200));
	t.like(await t.throwsAsync(openConnection(`lxc:///system?socket=${path}`), {instanceOf: ConnectFailed}), {problem: 'socket'});
});

test('a session uses the socket of the daemon for all drivers where the modular one is stale', async (t) => {
	const runtime = await makeDirectory(t);
	await makeStaleSocket(join(runtime, 'libvirt/virtqemud-sock'));
	const daemon = await startFakeLibvirtd(undefined, join(runtime, 'libvirt/libvirt-sock'));
	t.teardown(daemon.stop);
	const connection = await openConnection('qemu:///session', {uid: 7, environment: {XDG_RUNTIME_DIR: runtime}});
	t.is(daemon.calls.length, 2);
	await connection.close();
});

(process.getuid?.() === 0 ? test : test.skip)('a session does not use a socket in the directory of another user', async (t) => {
	const runtime = await makeDirectory(t);
	await mkdir(join(runtime, 'libvirt'));
	const daemon = await startFakeLibvirtd(undefined, join(runtime, 'libvirt/virtqemud-sock'));
	t.teardown(daemon.stop);
	await chown(join(runtime, 'libvirt'), 8, 8);
	const error = await t.throwsAsync(openConnection('qemu:///session', {uid: 7, environment: {XDG_RUNTIME_DIR: runtime}}), {instanceOf: ConnectFailed});
	t.like(error, {
		problem: 'permission',
		message: `${runtime}/libvirt, where the socket of qemu:///session is to be, belongs to another user (8)`,
	});
	await chown(join(runtime, 'libvirt'), 7, 7);
	await chmod(join(runtime, 'libvirt'), 0o775);
	const open = await t.throwsAsync(openConnection('qemu:///session', {uid: 7, environment: {XDG_RUNTIME_DIR: runtime}}), {instanceOf: ConnectFailed});
	t.like(open, {message: `${runtime}/libvirt, where the socket of qemu:///session is to be, can be written to by others`});
	t.deepEqual(daemon.calls, []);
});

test('a session without a daemon gets one', async (t) => {
	const runtime = await makeDirectory(t);
	await mkdir(join(runtime, 'libvirt'));
	await makeProgram(join(runtime, 'bin/virtqemud'), `echo "$0 $*" >${runtime}/started`);
	const opening = openConnection('qemu:///session', {uid: 7, environment: {XDG_RUNTIME_DIR: runtime, PATH: join(runtime, 'bin')}});
	t.is(await waitForFile(join(runtime, 'started')), `${runtime}/bin/virtqemud --timeout=120\n`);
	const daemon = await startFakeLibvirtd(undefined, join(runtime, 'libvirt/virtqemud-sock'));
	t.teardown(daemon.stop);
	const connection = await opening;
	await connection.close();
});

test('starting a session daemon can be given up', async (t) => {
	const runtime = await makeDirectory(t);
	await makeProgram(join(runtime, 'bin/virtqemud'), `echo >${runtime}/started`);
	const abort = new AbortController();
	const opening = openConnection('qemu:///session?mode=direct', {
		uid: 7,
		environment: {XDG_RUNTIME_DIR: runtime, PATH: join(runtime, 'bin')},
		signal: abort.signal,
	});
	await waitForFile(join(runtime, 'started'));
	const reason = new Error('enough');
	abort.abort(reason);
	t.is(await t.throwsAsync(opening), reason);
});

test('a system socket that is missing starts nothing', async (t) => {
	const error = await t.throwsAsync(openConnection('nosuch:///system'), {instanceOf: ConnectFailed});
	t.is(error.problem, 'absent');
});

test('a session daemon that this host lacks is told by name', async (t) => {
	const runtime = await makeDirectory(t);
	const error = await t.throwsAsync(openConnection('nosuch:///session?mode=direct', {uid: 7, environment: {XDG_RUNTIME_DIR: runtime}}), {
		instanceOf: ConnectFailed,
	});
	t.like(error, {problem: 'start', message: 'No daemon for nosuch:///session?mode=direct runs, and none of virtnosuchd can be started'});
});
