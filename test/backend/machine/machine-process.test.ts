import {spawn, type ChildProcess} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {chmodSync, copyFileSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {findQemus, killQemu} from '../../../src/backend/machine/machine-process.ts';

/** Only root can start a process of another user. */
const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;
const stranger = 65_534;

/** A shell by the name of QEMU, which does not end by itself. */
function makeQemu(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'qemu-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	chmodSync(directory, 0o755);
	const path = join(directory, 'qemu-system-x86_64');
	copyFileSync('/bin/sh', path);
	return path;
}

async function startLike(t: ExecutionContext, uuid: string, program: string, uid?: number): Promise<ChildProcess & {readonly pid: number}> {
	const words = ['-c', 'echo; read line', 'guest', '-uuid', uuid];
	const child = spawn(program, words, {argv0: 'qemu-system-x86_64', stdio: ['pipe', 'pipe', 'inherit'], ...(uid === undefined ? {} : {uid})});
	t.teardown(() => child.kill('SIGKILL'));
	// It has its words by now.
	await once(child.stdout, 'data');
	return Object.assign(child, {pid: child.pid ?? 0});
}

test('a process that only calls itself QEMU does not take the place of the machine’s own', async (t) => {
	const machine = {uuid: randomUUID(), uri: 'qemu:///system'};
	const impostor = await startLike(t, machine.uuid, '/bin/sh');
	const qemu = await startLike(t, machine.uuid, makeQemu(t));
	const exited = once(qemu, 'exit');
	t.deepEqual(
		findQemus(machine).map(({pid}) => pid),
		[qemu.pid],
	);
	t.true(await killQemu(machine, 10_000));
	t.deepEqual(await exited, [null, 'SIGKILL']);
	t.is(impostor.signalCode, null);
	t.true(await killQemu(machine, 0), 'none is left');
});

test('all are ended that may be the machine’s QEMU', async (t) => {
	const machine = {uuid: randomUUID(), uri: 'qemu:///system'};
	const program = makeQemu(t);
	const both = [await startLike(t, machine.uuid, program), await startLike(t, machine.uuid, program)];
	const exited = Promise.all(both.map((each) => once(each, 'exit')));
	t.true(await killQemu(machine, 10_000));
	t.deepEqual(await exited, [
		[null, 'SIGKILL'],
		[null, 'SIGKILL'],
	]);
});

testAsRoot('a QEMU of another user is not that of a session of ours', async (t) => {
	const uuid = randomUUID();
	const {pid} = await startLike(t, uuid, makeQemu(t), stranger);
	const found = (uri: string, qemu?: number): number[] => findQemus({uuid, uri, qemu}).map((each) => each.pid);
	t.deepEqual(found('qemu:///session', stranger), []);
	// A system's libvirtd may run it as a user of its own, and nobody else's process counts.
	t.deepEqual(found('qemu:///system', stranger), [pid]);
	t.deepEqual(found('qemu:///system', stranger - 1), []);
	t.deepEqual(found('qemu:///system'), []);
});
