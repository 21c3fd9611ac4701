import {setTimeout as afterMs} from 'node:timers/promises';
import type {OutputSink, Sandbox} from '../../backend/types.ts';
import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import type {Ending} from './virt-sandbox-end.ts';

/** How long the rest of the output of a sandbox that was destroyed may take, in milliseconds. */
const drainMs = 500;
/** Once an end was asked for: how long who reads our output may take none of it, in milliseconds. */
const stallMs = 2000;
/** Likewise: how long, in all, we wait for what the guest is still to write, in milliseconds; after that more than `mostHere` bytes are no rest of what it had written. */
const lateMs = 2000;
const mostHere = 1024 * 1024;
const tickMs = 100;

/** Why output is not waited for any more: nobody takes it, or what the command left behind goes on writing. */
export type Cut = 'reader' | 'left';

/** What becomes of output. */
export interface OutputProgress {
	/** The same sink, watched. */
	watch(sink: OutputSink): OutputSink;
	/** Something is still to be taken. */
	isWaiting(): boolean;
	/** Called once an end was asked for: settles when enough was waited for; what still comes then is dropped. `isOver` ends that. */
	overdue(isOver: () => boolean): Promise<Cut>;
}

export function createOutputProgress(now: () => number = () => clockMs()): OutputProgress {
	let last = 0;
	let pending = 0;
	let taken = 0;
	let isClosed = false;
	/** How long nothing was to be taken up to `idleSince`, when that began again. */
	let idle = 0;
	let idleSince = now();
	const settle = (): void => {
		pending -= 1;
		last = now();
		if (pending === 0) idleSince = last;
	};
	const idleMs = (): number => idle + (pending === 0 ? now() - idleSince : 0);
	return {
		watch: (sink) => ({
			write(chunk) {
				if (isClosed) return undefined;
				taken += chunk.length;
				const written = sink.write(chunk);
				if (written === undefined) {
					last = now();
					return undefined;
				}
				idle = idleMs();
				pending += 1;
				return written.finally(settle);
			},
		}),
		isWaiting: () => pending > 0,
		async overdue(isOver) {
			const begin = now();
			last = begin;
			const idleBefore = idleMs();
			let takenBefore: number | undefined;
			while (!isOver()) {
				const at = now();
				if (at - begin >= lateMs) takenBefore ??= taken;
				const isLate = idleMs() - idleBefore >= lateMs || (takenBefore !== undefined && taken - takenBefore > mostHere);
				if (isLate || at - last >= stallMs) {
					isClosed = true;
					return pending > 0 && !isLate ? 'reader' : 'left';
				}
				await afterMs(tickMs);
			}
			return 'left';
		},
	};
}

export interface CommandEnd {
	readonly status: number;
	/** An end was asked for, and not all of the output was waited for: some of it is lost. */
	readonly cut: Cut | undefined;
}

/** Waits for the command's end and for its output; a sandbox that was destroyed has little more to say. */
export async function waitForEnd(sandbox: Sandbox, ending: Ending, output: Promise<void>, progress: OutputProgress): Promise<CommandEnd> {
	const known = sandbox.session.exited.then(
		(status) => ({status, error: undefined}),
		(error: unknown) => ({status: undefined, error}),
	);
	const result = await Promise.race([known, ending.destroyed.then(() => ({status: undefined, error: undefined}))]);
	ending.commandEnded(result.status);
	const status = ending.status(result.status);
	if (status === undefined) {
		throw result.error ?? new ShellError('failed', 'The sandbox ended, and the status of its command is not known');
	}
	// What a destroyed sandbox had written is in the pipes; nothing says that their end will come.
	const drained = result.status === undefined ? afterMs(drainMs, undefined) : ending.destroyed.then(() => afterMs(drainMs, undefined));
	let isOver = false;
	const cut = ending.hurried.then(async (hurried) => ({hurried, cut: await progress.overdue(() => isOver)}));
	const lost = await Promise.race([output, drained, cut]);
	isOver = true;
	const final = ending.status(result.status);
	if (lost === undefined) return {status: final ?? status, cut: progress.isWaiting() ? 'reader' : undefined};
	// What is left of the sandbox would wait for that reader too.
	ending.destroy(lost.hurried);
	return {status: final === undefined || final === 0 ? lost.hurried : final, cut: lost.cut};
}
