import {readdirSync, readFileSync} from 'node:fs';
import {programPath, startProgram} from '../../test/helpers/run-program.ts';

/** What a process has at one moment. */
interface Sample {
	readonly residentMiB: number;
	readonly descriptors: number;
}

export interface Growth {
	/** After the first fifth of the runs, and after the last. */
	readonly earlyRuns: number;
	readonly early: Sample;
	readonly late: Sample;
	readonly fault: string | undefined;
}

function sample(pid: number): Sample {
	const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
	return {residentMiB: Number(resident ?? 0) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length};
}

/** With a small heap what can be collected is collected soon: what is left is what a run costs for ever. */
const smallHeap = '--max-old-space-size=48 --max-semi-space-size=1';

/** Runs `true` so many times in one session of the shell. */
export async function measureGrowth(uri: string, runs: number): Promise<Growth> {
	const early = Math.max(1, Math.floor(runs / 5));
	const marked = Array.from({length: runs}, (_, index) => `run -- true; echo done-${index + 1}.`);
	// The session lives until its input ends, which the last command reads.
	const script = ['new a', ...marked, 'run -- cat'].join('; ');
	const running = startProgram(programPath('virt-sandbox-shell'), ['-q', '-c', uri, script], {
		longestMs: 60_000 + runs * 10_000,
		environment: {...process.env, NODE_OPTIONS: smallHeap},
	});
	const pid = running.child.pid ?? 0;
	await running.says(`done-${early}.\n`);
	const first = sample(pid);
	await running.says(`done-${runs}.\n`);
	const last = sample(pid);
	running.child.stdin.end();
	const {status, stderr} = await running.ended;
	const fault = status === 0 && stderr === '' ? undefined : `the shell of ${runs} runs ended ${status}: ${stderr.slice(0, 300)}`;
	return {earlyRuns: early, early: first, late: last, fault: fault ?? describeGrowth(first, last)};
}

/** A few that are open for a moment are no growth. */
function describeGrowth(early: Sample, late: Sample): string | undefined {
	if (late.descriptors > early.descriptors + 4) return `descriptors grew from ${early.descriptors} to ${late.descriptors}`;
	const most = early.residentMiB * 1.1 + 5;
	return late.residentMiB > most ? `memory grew from ${early.residentMiB.toFixed(0)} to ${late.residentMiB.toFixed(0)} MiB` : undefined;
}
