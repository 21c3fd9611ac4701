// What tests that kill at random moments share. VIRT_SANDBOX_TEST_SEED: which moments.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {globSync, readdirSync, readFileSync} from 'node:fs';
import {buffer} from 'node:stream/consumers';
import {setTimeout as wait} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {openConnection} from '../../src/backend/libvirt/index.ts';
import {cleanLeftovers} from '../../src/backend/sandbox.ts';
import {rootCaller} from './caller.ts';
import {domainCgroups} from './cgroups.ts';
import {createRandom} from './create-random.ts';

const holder = new URL('hold-sandbox.js', import.meta.url).pathname;
/** Which moments. */
export const seed = Number(process.env['VIRT_SANDBOX_TEST_SEED'] ?? Date.now() % 1_000_000);

export interface Ended {
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly output: string;
}

/** A client whose command is this script, in between `begun` and `over`; it ends with 7. */
export function startClient(uri: string, name: string, script: string): {readonly pid: number; readonly ended: Promise<Ended>} {
	const child = spawn(process.execPath, [...process.execArgv, holder, uri, name, 'sh', '-c', `echo begun; ${script}; echo over; exit 7`], {
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	child.stdin.on('error', () => undefined);
	const output = buffer(child.stdout);
	child.stderr.resume();
	const ended = once(child, 'exit').then(async ([status, signal]) => ({status, signal, output: (await output).toString()}) as Ended);
	return {pid: child.pid ?? 0, ended};
}

/** Fails unless it ends in time, a minute where nothing is said: no kill may leave a client that hangs. */
export async function inTime(ended: Promise<Ended>, what: string, milliseconds = 60_000): Promise<Ended> {
	const late = new AbortController();
	try {
		return await Promise.race([
			ended,
			wait(milliseconds, undefined, {signal: late.signal}).then(() => {
				throw new Error(`The client hangs: ${what}`);
			}),
		]);
	} finally {
		late.abort();
	}
}

/** What became of a client, and what was left. */
export interface Killed extends Ended {
	readonly remains: readonly string[];
}

/** A client that lived on tells the command's status after all its output, or that it cannot be known. */
export function isRight({status, output}: Ended): boolean {
	return status === 0 ? /begun\n[^]*over\n[^]*exit 7\n$/.test(output) : !output.includes('exit ');
}

/** The processes with this in their command line whose program's name begins or ends like this. */
export function findProcesses(program: RegExp, text: string): number[] {
	return readdirSync('/proc').flatMap((entry) => {
		try {
			const words = /^\d+$/.test(entry) ? readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0') : [];
			return program.test(words[0] ?? '') && words.some((word) => word === text || word.startsWith(`${text},`)) ? Number(entry) : [];
		} catch {
			return [];
		}
	});
}

/** What a sandbox of this name has left anywhere, once `clean` has been; something that is just going gets ten seconds. */
export async function findRemains(name: string, uri: string | undefined, processes: () => readonly number[]): Promise<string[]> {
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
		const cgroups = domainCgroups(new RegExp(String.raw`^(lxc|qemu)-\d+-${name}$`));
		const domains = uri === undefined ? [] : await listNamed(uri, name);
		const remains = [...states, ...cgroups, ...domains, ...processes().map((pid) => `process ${pid}`)];
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
export async function waitForMoment(ms: number, ended: Promise<Ended>): Promise<void> {
	await Promise.race([wait(ms), ended]);
}

export function killQuietly(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		// It was quicker.
	}
}

/** Something that is killed at random moments. */
export interface KillKind {
	/** Short, a part of names. */
	readonly kind: string;
	/** What has to hold. */
	readonly title: string;
	/** Begins a client, kills at this moment of its life, and waits for the end of all. */
	kill(ms: number, name: string): Promise<Killed>;
	/** Of a client that was not killed; default: as `isRight`. */
	readonly isRight?: (ended: Ended) => boolean;
}

/** Kills so many times, at moments until `longestMs` after a start. */
export async function countKills(
	t: ExecutionContext,
	{kind, kills, longestMs, limitMs}: {readonly kind: string; readonly kills: number; readonly longestMs: number; readonly limitMs: number},
	{kill, isRight: isWell = isRight}: Pick<KillKind, 'kill' | 'isRight'>,
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
			t.true(isWell(ended), where);
			counts[ended.status === 0 ? 'whole' : 'told']++;
		}
	}
	t.log(`${kills} kills (seed ${seed}): ${counts.whole} ran to their end, ${counts.told} were told a fault, ${counts.killed} clients were killed`);
}
