// Kills at random moments of a sandbox's life. VIRT_SANDBOX_TEST_KILLS: how many of each kind; VIRT_SANDBOX_TEST_SEED: which.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, globSync, readdirSync, readFileSync} from 'node:fs';
import {buffer} from 'node:stream/consumers';
import {setTimeout as wait} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {openConnection} from '../../src/backend/libvirt/index.ts';
import {cleanLeftovers} from '../../src/backend/sandbox.ts';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd as test, type TestLibvirtd} from '../helpers/libvirtd.ts';
import {rootCaller} from '../helpers/run-sandbox.ts';

const holder = new URL('../helpers/hold-sandbox.js', import.meta.url).pathname;
const kills = Number(process.env['VIRT_SANDBOX_TEST_KILLS'] ?? 8);
const seed = Number(process.env['VIRT_SANDBOX_TEST_SEED'] ?? Date.now() % 1_000_000);
/** From before the domain exists until after a command that takes 150 ms. */
const longestMs = 900;
const limitMs = 120_000 + kills * 10_000;

/** The same numbers, from 0 to below 1, for the same seed. */
function createRandom(from: number): () => number {
	let state = from;
	return () => {
		state = (state + 0x6d_2b_79_f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

interface Ended {
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly output: string;
}

/** A client whose command says "begun", waits 150 ms, says "over" and ends with 7. */
function startClient(uri: string, name: string): {readonly pid: number; readonly ended: Promise<Ended>} {
	const child = spawn(process.execPath, [holder, uri, name, 'sh', '-c', 'echo begun; sleep 0.15; echo over; exit 7'], {stdio: ['pipe', 'pipe', 'pipe']});
	child.stdin.on('error', () => undefined);
	const output = buffer(child.stdout);
	child.stderr.resume();
	const ended = once(child, 'exit').then(async ([status, signal]) => ({status, signal, output: (await output).toString()}) as Ended);
	return {pid: child.pid ?? 0, ended};
}

/** Fails unless it ends within a minute: no kill may leave a client that hangs. */
async function inTime(ended: Promise<Ended>, what: string): Promise<Ended> {
	const late = new AbortController();
	try {
		return await Promise.race([
			ended,
			wait(60_000, undefined, {signal: late.signal}).then(() => {
				throw new Error(`The client hangs: ${what}`);
			}),
		]);
	} finally {
		late.abort();
	}
}

/** A client that lived on tells the command's status after all its output, or that it cannot be known. */
function isRight({status, output}: Ended): boolean {
	return status === 0 ? /begun\n[^]*over\n[^]*exit 7\n$/.test(output) : !output.includes('exit ');
}

function controllersOf(name: string): string[] {
	return readdirSync('/proc').filter((entry) => {
		try {
			const words = /^\d+$/.test(entry) ? readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0') : [];
			return words[0]?.endsWith('libvirt_lxc') === true && words.includes(name);
		} catch {
			return false;
		}
	});
}

/** What a sandbox of this name has left anywhere, once `clean` has been; something that is just going gets ten seconds. */
async function findRemains(name: string, uri: string | undefined): Promise<string[]> {
	const until = performance.now() + 10_000;
	for (;;) {
		await cleanLeftovers({caller: rootCaller, uri});
		const states = globSync('/run/virt-sandbox/*/owner').filter((path) => {
			try {
				return readFileSync(path, 'utf8').includes(`"${name}"`);
			} catch {
				return false;
			}
		});
		const cgroups = globSync(`/sys/fs/cgroup/*/machine/lxc-*-${name}.libvirt-lxc`);
		const domains = uri === undefined ? [] : await listNamed(uri, name);
		const remains = [...states, ...cgroups, ...domains, ...controllersOf(name).map((pid) => `process ${pid}`)];
		if (remains.length === 0 || performance.now() > until) return remains;
		await wait(50);
	}
}

async function listNamed(uri: string, name: string): Promise<string[]> {
	const connection = await openConnection(uri);
	try {
		return (await connection.listAllDomains()).filter((domain) => domain.name === name).map((domain) => `domain ${domain.name}`);
	} finally {
		await connection.close();
	}
}

/** Waits for a moment of a client's life, or for its end. */
async function waitForMoment(ms: number, ended: Promise<Ended>): Promise<void> {
	await Promise.race([wait(ms), ended]);
}

function killQuietly(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		// It was quicker.
	}
}

async function countKills(
	t: ExecutionContext,
	kind: string,
	kill: (ms: number, name: string) => Promise<Ended & {readonly remains: readonly string[]}>,
): Promise<void> {
	t.timeout(limitMs);
	const random = createRandom(seed);
	const counts = {whole: 0, told: 0, killed: 0};
	for (let count = 0; count < kills; count++) {
		const ms = Math.floor(random() * longestMs);
		const name = `${kind}-${process.pid}-${count}`;
		const {remains, ...ended} = await kill(ms, name);
		const where = `seed ${seed}, kill ${count} after ${ms} ms: ${JSON.stringify(ended)}`;
		t.deepEqual(remains, [], where);
		if (ended.signal === 'SIGKILL') {
			counts.killed++;
		} else {
			t.true(isRight(ended), where);
			counts[ended.status === 0 ? 'whole' : 'told']++;
		}
	}
	t.log(`${kills} kills (seed ${seed}): ${counts.whole} ran to their end, ${counts.told} were told a fault, ${counts.killed} clients were killed`);
}

test('a client that is killed at any moment leaves nothing', async (t) => {
	const {uri} = testLibvirtd();
	await countKills(t, 'client', async (ms, name) => {
		const {pid, ended} = startClient(uri, name);
		await waitForMoment(ms, ended);
		killQuietly(pid);
		return {...(await inTime(ended, name)), remains: await findRemains(name, uri)};
	});
});

test('a container whose libvirt_lxc is killed at any moment leaves nothing, and no client hangs', async (t) => {
	const {uri} = testLibvirtd();
	await countKills(t, 'controller', async (ms, name) => {
		const {ended} = startClient(uri, name);
		await waitForMoment(ms, ended);
		for (const pid of controllersOf(name)) killQuietly(Number(pid));
		return {...(await inTime(ended, name)), remains: await findRemains(name, uri)};
	});
});

test('a libvirtd that is killed at any moment leaves nothing, and no client hangs', async (t) => {
	let daemon: (TestLibvirtd & {readonly pid: number}) | undefined;
	await countKills(t, 'daemon', async (ms, name) => {
		daemon = await startOwnLibvirtd(t);
		const {ended} = startClient(daemon.uri, name);
		await waitForMoment(ms, ended);
		killQuietly(daemon.pid);
		const result = await inTime(ended, name);
		for (const until = performance.now() + 10_000; existsSync(`/proc/${daemon.pid}/exe`) && performance.now() < until;) await wait(20);
		return {...result, remains: await findRemains(name, undefined)};
	});
});
