import {spawn, type ChildProcessByStdio} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {Readable, Writable} from 'node:stream';
import type {ExecutionContext} from 'ava';
import {endStuckStart} from '../../../src/backend/container/stuck-start.ts';
import {identifyProcess} from '../../../src/backend/host/process-identity.ts';
import {testAsRoot} from '../../helpers/other-mounts.ts';

/** A first process whose maker lives. */
async function startMade(t: ExecutionContext, suffix: string): Promise<{readonly child: ChildProcessByStdio<Writable, Readable, null>; readonly name: string}> {
	const directory = mkdtempSync(join(tmpdir(), 'stuck-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const [maker, made] = ['maker', 'made'].map((each) => join(directory, each, 'libvirt_lxc')) as [string, string];
	for (const [path, program] of [
		[maker, '/usr/bin/unshare'],
		[made, '/bin/sh'],
	] as const) {
		mkdirSync(dirname(path));
		copyFileSync(program, path);
	}
	const name = `stuck-${process.pid}-${suffix}`;
	const words = ['--pid', '--fork', made, '-c', 'echo begun; read line; echo lives; read line', 'sh', '--name', name];
	const child = spawn(maker, words, {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
	return {child, name};
}

testAsRoot('a first process of a pid namespace that is another user’s, or runs another program, is not taken for one of a start', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'stuck-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	chmodSync(directory, 0o755);
	const controller = join(directory, 'libvirt_lxc');
	copyFileSync('/bin/sh', controller);
	const name = `stuck-${process.pid}`;
	const start = async (uid: number, program: string) => {
		const script = 'exec -a /x/libvirt_lxc "$1" -c "echo begun; read line" --name "$0"';
		const words = ['--pid', '--fork', '--kill-child', `--setuid=${uid}`, 'bash', '-c', script, name, program];
		const child = spawn('unshare', words, {stdio: ['pipe', 'pipe', 'inherit']});
		t.teardown(() => child.kill('SIGKILL'));
		await once(child.stdout, 'data');
		return child;
	};
	const others = [await start(65_534, controller), await start(0, '/bin/sh')];
	const ours = await start(0, controller);
	const ended = once(ours, 'exit');
	endStuckStart(name);
	await ended;
	for (const other of others) {
		t.is(other.exitCode, null);
		other.stdin.end();
		t.deepEqual(await once(other, 'exit'), [1, null]);
	}
});

testAsRoot('nor is one that whoever made it still waits for: a first process tries out by another one what it may do', async (t) => {
	const {child, name} = await startMade(t, 'made');
	endStuckStart(name);
	child.stdin.write('\n');
	t.is(String(await once(child.stdout, 'data')), 'lives\n');
	child.kill('SIGKILL');
	await once(child, 'exit');
	const closed = once(child.stdout, 'close');
	endStuckStart(name);
	await closed;
});

testAsRoot('where nobody waits for the start any more, one whose maker lives ends as well, but none that was there before', async (t) => {
	const {child, name} = await startMade(t, 'given-up');
	const startTime = Number(identifyProcess('self')?.startTime);
	endStuckStart(name, {givenUpBy: {startTime: String(startTime + 1_000_000)}});
	child.stdin.write('\n');
	t.is(String(await once(child.stdout, 'data')), 'lives\n');
	const ended = once(child, 'exit');
	endStuckStart(name, {givenUpBy: {startTime: String(startTime)}});
	const [status] = await ended;
	t.not(status, 0);
});
