/**
 * Many runs and kills at random moments, several at a time and beside other load: what ends with a wrong status or byte, hangs, or leaves
 * something is told. CONTAINERS, MACHINES, KILLS (of each process), MACHINE_KILLS, SHELL_RUNS, AT_ONCE and LOAD are how many;
 * SEED repeats what another one did.
 */
import {spawn} from 'node:child_process';
import {createRandom} from '../../test/helpers/create-random.ts';
import {isRight, seed, type KillKind} from '../../test/helpers/random-kills.ts';
import {containerKills, machineKills} from '../../test/helpers/kill-kinds.ts';
import {programPath, startProgram} from '../../test/helpers/run-program.ts';
import {runs, type Place} from './runs.ts';
import {measureGrowth} from './shell-growth.ts';

const socket = process.env['VIRT_SANDBOX_TEST_SOCKET'];
if (socket === undefined) throw new Error('There is no libvirtd of its own: run `make soak`');
const number = (name: string, usual: number): number => Number(process.env[name] ?? usual);
const kills = number('KILLS', 60);
const wanted = {
	containers: number('CONTAINERS', 1500),
	machines: number('MACHINES', 120),
	kills,
	machineKills: number('MACHINE_KILLS', kills),
	shellRuns: number('SHELL_RUNS', 500),
	atOnce: number('AT_ONCE', 4),
	load: number('LOAD', 2),
};
const containers: Place = {uri: `lxc:///system?socket=${socket}`, options: [], settings: '', longestMs: 60_000};
const machines: Place = {uri: `qemu:///system?socket=${socket}`, options: ['--accel', 'tcg'], settings: 'set accel tcg; ', longestMs: 240_000};

interface Job {
	readonly what: string;
	/** What was wrong. */
	work(): Promise<string | undefined>;
}

/** What a seed says for one job, whatever others do meanwhile. */
function randomOf(what: string): () => number {
	let sum = seed;
	for (const letter of what) sum = Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0);
	return createRandom(sum);
}

function makeRuns(prefix: string, place: Place, count: number): Job[] {
	return Array.from({length: count}, (_, index) => {
		const random = randomOf(`${prefix} ${index}`);
		const [way = '', run] = Object.entries(runs)[Math.floor(random() * Object.keys(runs).length)] ?? [];
		const name = `soak-${prefix}-${process.pid}-${index}`;
		return {what: `${prefix} ${way}`, work: async () => run?.(place, random, name)};
	});
}

function makeKills(kinds: readonly KillKind[], count: number, longestMs: number): Job[] {
	return kinds.flatMap(({kind, kill, isRight: isWell = isRight}) =>
		Array.from({length: count}, (_, index): Job => {
			const ms = Math.floor(randomOf(`kill ${kind} ${index}`)() * longestMs);
			return {
				what: `kill ${kind}`,
				async work() {
					const {remains, ...ended} = await kill(ms, `soak-${kind}-${process.pid}-${index}`);
					const where = `killed after ${ms} ms`;
					if (remains.length > 0) return `${where}: left ${remains.join(', ')}`;
					return ended.signal === 'SIGKILL' || isWell(ended)
						? undefined
						: `${where}: status ${ended.status}, ${JSON.stringify(ended.output.slice(-200))}`;
				},
			};
		}),
	);
}

/** Another order for another seed, so that all kinds go on beside each other. */
function shuffle<T>(items: readonly T[]): readonly T[] {
	const random = randomOf('order');
	return items
		.map((item) => ({item, at: random()}))
		.toSorted((a, b) => a.at - b.at)
		.map(({item}) => item);
}

interface Tally {
	done: number;
	faults: number;
	longestMs: number;
}

async function workOff(jobs: readonly Job[], atOnce: number): Promise<ReadonlyMap<string, Tally>> {
	const tallies = new Map<string, Tally>();
	const waiting = [...jobs];
	const worker = async (): Promise<void> => {
		for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
			const begun = performance.now();
			const fault = await job.work().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
			const tally = tallies.get(job.what) ?? {done: 0, faults: 0, longestMs: 0};
			tally.done++;
			tally.longestMs = Math.max(tally.longestMs, performance.now() - begun);
			if (fault !== undefined) {
				tally.faults++;
				console.log(`✘ ${job.what}: ${fault}`);
			}
			tallies.set(job.what, tally);
		}
	};
	await Promise.all(Array.from({length: atOnce}, worker));
	return tallies;
}

const busy = Array.from({length: wanted.load}, () => spawn('sh', ['-c', 'while :; do :; done'], {stdio: 'ignore'}));
try {
	console.log(`seed ${seed}: ${JSON.stringify(wanted)}`);
	// One that nothing of all this may touch.
	const witness = startProgram(programPath('virt-sandbox'), ['-c', containers.uri, '--', 'cat'], {longestMs: 24 * 3600 * 1000});
	witness.child.stdin.write('before\n');
	await witness.says('before\n');
	const jobs = shuffle([
		...makeRuns('container', containers, wanted.containers),
		...makeRuns('machine', machines, wanted.machines),
		...makeKills(
			containerKills(() => containers.uri),
			wanted.kills,
			900,
		),
		...makeKills(
			machineKills(() => machines.uri),
			wanted.machineKills,
			4500,
		),
	]);
	const tallies = await workOff(jobs, wanted.atOnce);
	witness.child.stdin.end('after\n');
	const seen = await witness.ended;
	const isUntouched = seen.status === 0 && seen.stdout === 'before\nafter\n' && seen.stderr === '';
	if (!isUntouched) console.log(`✘ the witness ended ${seen.status}: ${seen.stderr}`);
	const growth = wanted.shellRuns === 0 ? undefined : await measureGrowth(containers.uri, wanted.shellRuns);
	for (const [what, {done, faults, longestMs}] of [...tallies].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
		console.log(`${what.padEnd(20)} ${String(done).padStart(5)} done, ${String(faults).padStart(3)} wrong, ${(longestMs / 1000).toFixed(1)} s at most`);
	}
	if (growth !== undefined) {
		const {earlyRuns, early, late, fault} = growth;
		console.log(
			`one shell: ${early.residentMiB.toFixed(0)} MiB and ${early.descriptors} descriptors after ${earlyRuns} runs, ${late.residentMiB.toFixed(0)} MiB and ${late.descriptors} after ${wanted.shellRuns}`,
		);
		if (fault !== undefined) console.log(`✘ ${fault}`);
	}
	const faults = [...tallies.values()].reduce((sum, tally) => sum + tally.faults, 0) + Number(!isUntouched) + Number(growth?.fault !== undefined);
	console.log(`${jobs.length} runs and kills, ${faults} wrong`);
	process.exitCode = faults === 0 ? 0 : 1;
} finally {
	for (const each of busy) each.kill('SIGKILL');
}
