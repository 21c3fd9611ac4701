// Kills at random moments of a machine's life. VIRT_SANDBOX_TEST_MACHINE_KILLS: how many of each kind.
import {existsSync, readFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {readProcessWords} from '../../src/backend/host/processes.ts';
import {startOwnLibvirtd} from '../helpers/libvirtd.ts';
import {waitUntil} from '../helpers/kept.ts';
import {testMachineUri, testWithMachines as test} from '../helpers/machine.ts';
import {countKills, findProcesses, findRemains, inTime, killQuietly, startClient, waitForMoment} from '../helpers/random-kills.ts';

const kills = Number(process.env['VIRT_SANDBOX_TEST_MACHINE_KILLS'] ?? 3);
/** From before the domain exists until after its command. */
const often = {kills, longestMs: 4500, limitMs: 120_000 + kills * 60_000};
/** A start whose deadline has to come takes two minutes. */
const patienceMs = 180_000;
/** Output all the time, and files of the host again and again. */
const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do /usr/bin/seq 2000; done';

function qemuOf(name: string): number[] {
	return findProcesses(/qemu-system/, `guest=${name}`);
}

function childrenOf(pid: number): number[] {
	const file = `/proc/${pid}/task/${pid}/children`;
	return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').map(Number) : [];
}

async function killProcesses(t: ExecutionContext, kind: string, find: (name: string, client: number) => readonly number[]): Promise<void> {
	const uri = testMachineUri();
	await countKills(t, {...often, kind}, async (ms, name) => {
		const {pid, ended} = startClient(uri, name, script);
		await waitForMoment(ms, ended);
		for (const victim of find(name, pid)) killQuietly(victim);
		return {...(await inTime(ended, name, patienceMs)), remains: await findRemains(name, uri, () => qemuOf(name))};
	});
}

test('a client that is killed at any moment leaves nothing of its machine', (t) => killProcesses(t, 'mclient', (_name, client) => [client]));

test('a machine whose QEMU is killed at any moment leaves nothing, and no client hangs', (t) => killProcesses(t, 'mqemu', qemuOf));

test('a machine whose virtiofsd is killed at any moment leaves nothing, and no client hangs', (t) =>
	killProcesses(t, 'mfs', (_name, client) => childrenOf(client).filter((pid) => readProcessWords(pid)[0]?.endsWith('virtiofsd') === true)));

test('a libvirtd that is killed at any moment leaves nothing of a machine, and no client hangs', async (t) => {
	await countKills(t, {...often, kind: 'mdaemon'}, async (ms, name) => {
		const daemon = await startOwnLibvirtd(t);
		const {ended} = startClient(`qemu:///system?socket=${daemon.socket}`, name, script);
		await waitForMoment(ms, ended);
		killQuietly(daemon.pid);
		const result = await inTime(ended, name, patienceMs);
		await waitUntil(() => !existsSync(`/proc/${daemon.pid}/exe`), 'the daemon is dead');
		return {...result, remains: await findRemains(name, undefined, () => qemuOf(name))};
	});
});
