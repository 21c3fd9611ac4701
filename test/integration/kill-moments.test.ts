// Kills at random moments of a container's life. VIRT_SANDBOX_TEST_KILLS: how many of each kind.
import {existsSync, readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd as test, type TestLibvirtd} from '../helpers/libvirtd.ts';
import {countKills, findProcesses, findRemains, inTime, killQuietly, startClient, waitForMoment} from '../helpers/random-kills.ts';

const kills = Number(process.env['VIRT_SANDBOX_TEST_KILLS'] ?? 8);
/** From before the domain exists until after a command that takes 150 ms. */
const often = {kills, longestMs: 900, limitMs: 120_000 + kills * 10_000};

function controllersOf(name: string): number[] {
	return findProcesses(/libvirt_lxc$/, name);
}

/** The libvirt_lxc whose child is the first process of a container that does not run its init yet. */
function parentOfFirst(pids: readonly number[]): number | undefined {
	for (const pid of pids) {
		try {
			const status = readFileSync(`/proc/${pid}/status`, 'latin1');
			const parent = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
			if (/^NSpid:(?:\t\d+)+\t1$/m.test(status) && pids.includes(parent)) return parent;
		} catch {
			// It has gone.
		}
	}
	return undefined;
}

test('a client that is killed at any moment leaves nothing', async (t) => {
	const {uri} = testLibvirtd();
	await countKills(t, {...often, kind: 'client'}, async (ms, name) => {
		const {pid, ended} = startClient(uri, name, 'sleep 0.15');
		await waitForMoment(ms, ended);
		killQuietly(pid);
		return {...(await inTime(ended, name)), remains: await findRemains(name, uri, () => controllersOf(name))};
	});
});

test('a container whose libvirt_lxc is killed at any moment leaves nothing, and no client hangs', async (t) => {
	const {uri} = testLibvirtd();
	await countKills(t, {...often, kind: 'controller'}, async (ms, name) => {
		const {ended} = startClient(uri, name, 'sleep 0.15');
		await waitForMoment(ms, ended);
		for (const pid of controllersOf(name)) killQuietly(pid);
		return {...(await inTime(ended, name)), remains: await findRemains(name, uri, () => controllersOf(name))};
	});
});

test('a libvirt_lxc that is killed between a container’s first process and its word to go on does not hold libvirtd', async (t) => {
	const {uri} = testLibvirtd();
	const name = `stuck-${process.pid}`;
	for (const until = performance.now() + 60_000; performance.now() < until;) {
		const {ended} = startClient(uri, name, 'true');
		let isOver = false;
		void ended.then(() => (isOver = true));
		// The parent alone, as soon as there are two of them in different pid namespaces.
		let isStuck = false;
		while (!isStuck && !isOver) {
			const parent = parentOfFirst(controllersOf(name));
			if (parent !== undefined) {
				killQuietly(parent);
				isStuck = true;
			} else await wait(0);
		}
		await inTime(ended, name, 30_000);
		t.deepEqual(await findRemains(name, uri, () => controllersOf(name)), []);
		if (isStuck) {
			t.pass();
			return;
		}
	}
	t.fail('no container was met at that moment');
});

test('a libvirtd that is killed at any moment leaves nothing, and no client hangs', async (t) => {
	let daemon: (TestLibvirtd & {readonly pid: number}) | undefined;
	await countKills(t, {...often, kind: 'daemon'}, async (ms, name) => {
		daemon = await startOwnLibvirtd(t);
		const {ended} = startClient(daemon.uri, name, 'sleep 0.15');
		await waitForMoment(ms, ended);
		killQuietly(daemon.pid);
		const result = await inTime(ended, name);
		for (const until = performance.now() + 10_000; existsSync(`/proc/${daemon.pid}/exe`) && performance.now() < until;) await wait(20);
		return {...result, remains: await findRemains(name, undefined, () => controllersOf(name))};
	});
});
