import type {OutputSink, Sandbox} from '../backend/types.ts';
import {ShellError} from '../core/errors.ts';
import type {Ending} from './virt-sandbox-end.ts';

/** How long the rest of the output of a sandbox that was destroyed may take, in milliseconds. */
const drainMs = 500;
/** How long who reads our output may take none of it once an end was asked for, in milliseconds. */
const stallMs = 2000;

/** When output was last taken. */
export interface OutputProgress {
	/** The same sink, watched. */
	watch(sink: OutputSink): OutputSink;
	/** Something is still to be taken. */
	isWaiting(): boolean;
	/** Settles once nothing has been taken for so long; `isOver` ends that. */
	stalled(isOver: () => boolean): Promise<void>;
}

export function createOutputProgress(): OutputProgress {
	let last = 0;
	let pending = 0;
	const touch = (): void => {
		last = performance.now();
	};
	const settle = (): void => {
		pending -= 1;
		touch();
	};
	return {
		watch: (sink) => ({
			write(chunk) {
				const written = sink.write(chunk);
				if (written === undefined) {
					touch();
					return undefined;
				}
				pending += 1;
				return written.finally(settle);
			},
		}),
		isWaiting: () => pending > 0,
		async stalled(isOver) {
			touch();
			for (;;) {
				const left = last + stallMs - performance.now();
				if (left <= 0 || isOver()) return;
				await afterMs(left);
			}
		},
	};
}

export interface CommandEnd {
	readonly status: number;
	/** Whoever reads our output stopped to before the end that was asked for: some of it is lost. */
	readonly isCut: boolean;
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
	const drained = result.status === undefined ? afterMs(drainMs) : ending.destroyed.then(() => afterMs(drainMs));
	let isOver = false;
	const cut = ending.hurried.then(async (hurried) => {
		await progress.stalled(() => isOver);
		return hurried;
	});
	const lost = await Promise.race([output, drained, cut]);
	isOver = true;
	const final = ending.status(result.status);
	if (lost === undefined) return {status: final ?? status, isCut: progress.isWaiting()};
	// What is left of the sandbox would wait for that reader too.
	ending.destroy(lost);
	return {status: final === undefined || final === 0 ? lost : final, isCut: true};
}

function afterMs(milliseconds: number): Promise<undefined> {
	return new Promise((resolve) => {
		setTimeout(resolve, milliseconds, undefined);
	});
}
