import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {buffer} from 'node:stream/consumers';
import {setTimeout as wait} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {findQemus, type MachineIdentity} from '../../src/backend/machine/machine-process.ts';
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {cleanLeftovers, startSandbox} from '../../src/backend/sandbox.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {listAllProcesses} from '../helpers/all-processes.ts';
import {startOwnLibvirtd} from '../helpers/libvirtd.ts';
import {startTestMachine, testMachineUri, testWithMachines as test} from '../helpers/machine.ts';
import {rootCaller, silentVoice} from '../helpers/run-sandbox.ts';

const holder = new URL('../helpers/hold-sandbox.js', import.meta.url).pathname;

async function waitUntil(condition: () => boolean, what: string): Promise<void> {
	const until = performance.now() + 30_000;
	while (!condition()) {
		if (performance.now() > until) throw new Error(`Still not: ${what}`);
		await wait(20);
	}
}

/** The QEMU of a machine, and the virtiofsd that serves it. */
function processesOf(machine: MachineIdentity, id: string): {readonly qemu: number; readonly virtiofsd: number} {
	const socket = `--socket-path=/run/virt-sandbox/${id}/io/boot-tree`;
	return {qemu: findQemus(machine)[0]?.pid ?? 0, virtiofsd: listAllProcesses().find(({words}) => words.includes(socket))?.pid ?? 0};
}

/** A process of its own that runs a command in a machine. */
async function holdMachine(t: ExecutionContext, uri: string, name: string): Promise<MachineIdentity & {readonly id: string; kill(): Promise<void>}> {
	const child = spawn(process.execPath, [...process.execArgv, holder, uri, name, 'yes'], {stdio: ['pipe', 'pipe', 'inherit']});
	const exited = once(child, 'exit');
	t.teardown(async () => {
		child.kill('SIGKILL');
		await exited;
	});
	const early = exited.then(() => Promise.reject(new Error('The holder of the machine ended before that ran')));
	early.catch(() => undefined);
	const [first] = (await Promise.race([once(child.stdout, 'data'), early])) as [Buffer];
	const id = /^([0-9a-f]{8}) /.exec(first.toString())?.[1] ?? '';
	t.not(id, '', 'the machine runs');
	return {
		id,
		uri,
		uuid: findSandbox(name, rootCaller).record.uuid,
		async kill() {
			child.kill('SIGKILL');
			await exited;
		},
	};
}

test('a client that is killed in mid-stream takes its machine along, and clean what is left of it', async (t) => {
	const held = await holdMachine(t, testMachineUri(), 'held-machine');
	const {qemu, virtiofsd} = processesOf(held, held.id);
	t.true(qemu > 0 && virtiofsd > 0);
	await held.kill();
	await waitUntil(() => [qemu, virtiofsd].every((pid) => !existsSync(`/proc/${pid}/exe`)), 'QEMU and virtiofsd are gone');
	await cleanLeftovers({caller: rootCaller});
	t.false(existsSync(`/run/virt-sandbox/${held.id}`));
});

test('a QEMU or virtiofsd that is killed in mid-stream is the end of the machine, and nothing of it stays', async (t) => {
	for (const victim of ['qemu', 'virtiofsd'] as const) {
		const name = `victim-${victim}`;
		// A command that needs the share again and again.
		const sandbox = await startTestMachine(t, {name, command: ['sh', '-c', 'while :; do /usr/bin/env true || exit 9; echo on; done']});
		const {record} = findSandbox(name, rootCaller);
		const {qemu, virtiofsd} = processesOf(record, sandbox.id);
		t.true(qemu > 0 && virtiofsd > 0);
		await once(sandbox.session.stdout, 'data');
		sandbox.session.stdout.resume();
		process.kill(victim === 'qemu' ? qemu : virtiofsd, 'SIGKILL');
		const message = victim === 'qemu' ? /ended before its command’s status was known$/ : /^virtiofsd, which gave the machine/;
		await t.throwsAsync(sandbox.session.exited, {code: 'failed', message});
		await sandbox.close();
		t.deepEqual(findQemus(record), []);
		t.false(existsSync(`/run/virt-sandbox/${sandbox.id}`));
	}
});

test('a machine goes on and tells its status when libvirtd dies; with its client killed too, clean ends it', async (t) => {
	const daemon = await startOwnLibvirtd(t);
	const uri = `qemu:///system?socket=${daemon.socket}`;
	const kernel = {...defaultSpec.kernel, accel: 'tcg' as const};
	const command = ['sh', '-c', 'read line; echo "got $line"; exit 7'];
	const sandbox = await startSandbox({...defaultSpec, kernel, uri, name: 'survivor', command}, {voice: silentVoice, caller: rootCaller});
	const held = await holdMachine(t, uri, 'leftover');
	t.teardown(async () => {
		await sandbox.destroy();
		await sandbox.close();
	});
	const {record} = findSandbox('survivor', rootCaller);
	process.kill(daemon.pid, 'SIGKILL');
	await waitUntil(() => !existsSync(`/proc/${daemon.pid}/exe`), 'the daemon is dead');
	await held.kill();
	sandbox.session.stdin.end('input\n');
	t.is((await buffer(sandbox.session.stdout)).toString(), 'got input\n');
	t.is(await sandbox.session.exited, 7);
	await sandbox.close();
	t.deepEqual(findQemus(record), []);
	t.false(existsSync(`/run/virt-sandbox/${sandbox.id}`));

	// The start of another test may have come first and be at it.
	await cleanLeftovers({caller: rootCaller});
	await waitUntil(() => findQemus(held).length === 0 && !existsSync(`/run/virt-sandbox/${held.id}`), 'the other one is gone');
	t.pass();
});
