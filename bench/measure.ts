import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import type {TestTerminal} from '../test/helpers/open-terminal.ts';

/** Milliseconds. */
export interface Summary {
	readonly median: number;
	readonly least: number;
	readonly most: number;
}

export function summarise(times: readonly number[]): Summary {
	const sorted = times.toSorted((a, b) => a - b);
	return {median: sorted[Math.floor(sorted.length / 2)] ?? NaN, least: sorted[0] ?? NaN, most: sorted.at(-1) ?? NaN};
}

/** Runs a program to its end without input, its output dropped; rejects unless it ends 0. */
export async function runProgram(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env): Promise<void> {
	const child = spawn(program, args, {stdio: ['ignore', 'ignore', 'inherit'], env: environment, timeout: 60_000});
	const status = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', resolve);
	});
	if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}`);
}

/** The same call by another checkout of this project, named by AGAINST, as a candidate beside ours. */
export function besideOther(args: readonly string[]): Readonly<Record<string, () => Promise<void>>> {
	const other = process.env['AGAINST'];
	return other === undefined ? {} : {'virt-sandbox of AGAINST': () => runProgram(join(other, 'bin/virt-sandbox'), args)};
}

/** Takes turns between the candidates, so that a noisy moment of the machine meets all of them; the first turn is not counted. */
export async function takeTurns<Name extends string>(
	rounds: number,
	candidates: Readonly<Record<Name, (round: number) => Promise<void>>>,
): Promise<Record<Name, Summary>> {
	const times = new Map<string, number[]>();
	for (let round = 0; round <= rounds; round++) {
		for (const [name, run] of Object.entries<(round: number) => Promise<void>>(candidates)) {
			const begun = performance.now();
			await run(round);
			const list = times.get(name) ?? [];
			if (round > 0) list.push(performance.now() - begun);
			times.set(name, list);
		}
	}
	return Object.fromEntries([...times].map(([name, list]) => [name, summarise(list)])) as Record<Name, Summary>;
}

/** From a key that is typed at a prompt to its letter on the terminal's screen; the line is empty before and after. */
export async function keyToEcho(terminal: TestTerminal, rounds: number): Promise<Summary> {
	const times: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const word = `${round % 2 === 0 ? 'q' : 'z'}${round}`;
		terminal.type(word.slice(0, -1));
		await terminal.see(`# ${word.slice(0, -1)}`);
		// As far from the last frame as a person's keys are.
		await wait(100);
		const begun = performance.now();
		terminal.type(word.slice(-1));
		await terminal.see(`# ${word}`);
		times.push(performance.now() - begun);
		terminal.type('\x15');
		await terminal.until(() => !terminal.lines().some((line) => line.includes(`# ${word}`)), 'an empty line');
	}
	return summarise(times);
}

export function printTimes(title: string, rows: Readonly<Record<string, Summary>>, reference?: string): void {
	console.log(`\n${title}`);
	const base = reference === undefined ? undefined : rows[reference]?.median;
	for (const [name, {median, least, most}] of Object.entries(rows)) {
		const beside =
			base === undefined || name === reference ? '' : `  ${(median - base).toFixed(1)} ms over ${reference ?? ''}, × ${(median / base).toFixed(2)}`;
		console.log(`  ${name.padEnd(28)} ${median.toFixed(1).padStart(8)} ms  (${least.toFixed(1)} to ${most.toFixed(1)})${beside}`);
	}
}
