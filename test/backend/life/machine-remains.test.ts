import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {removeMachineRemains} from '../../../src/backend/life/machine-remains.ts';
import {endOrphan} from '../../../src/backend/life/orphan.ts';
import {listVirtiofsds} from '../../../src/backend/life/virtiofsd-processes.ts';
import {waitUntil} from '../../helpers/kept.ts';

const program = '/usr/libexec/virtiofsd';
/** As libvirt shortens it, another's name may be the same. */
const name = `remains-of-a-machine-${process.pid}`;

/** One that waits at the socket which libvirt would make for this domain. */
async function startVirtiofsd(t: ExecutionContext, domain: string): Promise<{readonly pid: number; readonly socket: string; readonly ended: Promise<unknown>}> {
	const outer = mkdtempSync(join(tmpdir(), 'fs-'));
	const directory = join(outer, `domain-7-${domain}`);
	mkdirSync(directory);
	const socket = join(directory, 'fs0-fs.sock');
	const child = spawn(program, ['--socket-path', socket, '--shared-dir', directory, '--sandbox', 'none'], {stdio: 'ignore'});
	const ended = once(child, 'exit');
	t.teardown(async () => {
		child.kill('SIGKILL');
		await ended;
		rmSync(outer, {recursive: true, force: true});
	});
	await waitUntil(() => existsSync(socket) && listVirtiofsds().some(({process: {pid}}) => pid === child.pid), 'virtiofsd waits');
	return {pid: child.pid ?? 0, socket, ended};
}

// Only root sees whose sockets a process has; the set-up installs virtiofsd.
const testAsRoot = process.getuid?.() === 0 && existsSync(program) ? test : test.skip;

testAsRoot('a virtiofsd that waits for the QEMU of a machine that is gone is killed; one that serves, or is of another machine, is not', async (t) => {
	const waiting = await startVirtiofsd(t, name.slice(0, 20));
	const serving = await startVirtiofsd(t, name.slice(0, 20));
	const other = await startVirtiofsd(t, 'remains');
	const qemu = connect(serving.socket);
	t.teardown(() => qemu.destroy());
	await once(qemu, 'connect');
	await waitUntil(
		() => listVirtiofsds().some(({process: {pid}, sockets}) => pid === serving.pid && sockets.some(({isConnected}) => isConnected)),
		'it serves',
	);
	await removeMachineRemains(name);
	t.deepEqual(await waiting.ended, [null, 'SIGKILL']);
	const pids = listVirtiofsds().map(({process: {pid}}) => pid);
	t.true(pids.includes(serving.pid));
	t.true(pids.includes(other.pid));
});

testAsRoot('a virtiofsd that waits for the QEMU of a machine that is just starting, and whose name begins alike, is spared', async (t) => {
	const starting = await startVirtiofsd(t, name.slice(0, 20));
	const removing = removeMachineRemains(name);
	const qemu = connect(starting.socket);
	t.teardown(() => qemu.destroy());
	await removing;
	t.true(listVirtiofsds().some(({process: {pid}}) => pid === starting.pid));
});

testAsRoot('the end of a container takes nothing from a machine of its name', async (t) => {
	const waiting = await startVirtiofsd(t, 'same-name');
	const uuid = '00112233-4455-6677-8899-aabbccddeeff';
	t.true(await endOrphan({name: 'same-name', uuid, uri: 'lxc:///system'}));
	t.true(listVirtiofsds().some(({process: {pid}}) => pid === waiting.pid));
	t.true(await endOrphan({name: 'same-name', uuid, uri: 'qemu:///system'}));
	t.deepEqual(await waiting.ended, [null, 'SIGKILL']);
});
