import type {Readable} from 'node:stream';
import {setTimeout as afterMs} from 'node:timers/promises';
import type {Sandbox, GuestSession} from '../backend/types.ts';
import {clockMs} from '../core/clock-ms.ts';
import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';
import {lostOutput} from '../core/lost-output.ts';
import {onceClosed} from '../core/stream-ends.ts';
import {timeoutStatus} from '../core/timeout-status.ts';
import {longestDurationMs} from '../core/units.ts';
import type {GuestTerminal, Host} from './context.ts';
import {outOfMemoryNotice} from './out-of-memory-notice.ts';
import {describeStatus} from './signal-kind.ts';

/** How long a command that was asked to end may take, in milliseconds. */
const graceMs = 2000;
/** How long the rest of the output of a sandbox that was destroyed may take. */
const drainMs = 500;

/** How long putting away may take after an end that was asked for, or after the time limit. */
const hurryMs = 10_000;

/** What our own fault ends with. */
const faultStatus = 125;

const signals = {hangUp: 1, interrupt: 2, kill: 9, terminate: 15} as const;

interface JoinOptions {
	readonly signal: AbortSignal;
	/** The person's terminal, which the command gets; undefined: its output is yielded. */
	readonly terminal: GuestTerminal | undefined;
	readonly host: Pick<Host, 'interactive' | 'feed' | 'stopWaiting'>;
	readonly timeoutMs: number | undefined;
	readonly tty: boolean;
}

/** Joins a sandbox's first session until its command has ended: yields its output and its status, and puts the sandbox away. */
export async function* joinCommand(sandbox: Sandbox, options: JoinOptions): AsyncGenerator<Output> {
	const {signal, timeoutMs} = options;
	const limit = clockMs() + (timeoutMs ?? Number.POSITIVE_INFINITY);
	let over = false;
	let left: ShellError | undefined;
	try {
		yield* joinSession(sandbox.session, options, () => sandbox.destroy());
		over = true;
	} finally {
		if (!over) {
			// It failed, or the consumer has gone away in the middle: then the command must not go on.
			await sandbox.destroy().catch(() => undefined);
		}
		left = await putAway(sandbox, over, {signal, limit});
	}
	if (left !== undefined) {
		yield {kind: 'notice', level: 'warning', code: 'left', message: left.message, ...(left.hint === undefined ? {} : {hint: left.hint})};
	}
}

/** That something of it has to stay is given, where it would take the place of a status that is known. */
async function putAway(
	sandbox: Sandbox,
	isStatusKnown: boolean,
	{signal, limit}: {readonly signal: AbortSignal; readonly limit: number},
): Promise<ShellError | undefined> {
	// Who has asked for an end already, or set a limit, does not wait for long.
	const hurry = new AbortController();
	const late = (): void => hurry.abort();
	const hurryAfter = hurryMs + (signal.aborted ? 0 : Math.max(0, limit - clockMs()));
	const timer = Number.isFinite(hurryAfter) ? setTimeout(late, Math.min(hurryAfter, longestDurationMs)) : undefined;
	if (!signal.aborted) signal.addEventListener('abort', late);
	try {
		await sandbox.close(hurry.signal);
		return undefined;
	} catch (error) {
		if (!isStatusKnown || !(error instanceof ShellError) || error.code !== 'unavailable') throw error;
		return error;
	} finally {
		clearTimeout(timer);
		signal.removeEventListener('abort', late);
	}
}

/** Joins a session until its command has ended: yields its output and its status. `force` ends a command that does not end when asked to. */
export async function* joinSession(session: GuestSession, options: JoinOptions, force?: () => Promise<void>): AsyncGenerator<Output> {
	const {signal, terminal, host, timeoutMs, tty} = options;
	let reason: number | undefined;
	let grace: NodeJS.Timeout | undefined;
	const forced = Promise.withResolvers<void>();
	const cut = forced.promise.then(
		() => afterMs(drainMs),
		() => afterMs(drainMs),
	);
	// Who asks for more of the output may itself wait for a reader that has stopped.
	let isCut = false;
	void cut.then(() => {
		isCut = true;
		host.stopWaiting();
	});
	const end =
		force ??
		(() => {
			session.kill(signals.kill);
			return Promise.resolve();
		});
	const endNow = (): void => void end().then(forced.resolve, forced.reject);
	const stop = (status: number, first: number): void => {
		if (reason !== undefined) {
			return;
		}
		reason = status;
		for (const number of tty ? [signals.hangUp, first] : [first]) {
			session.kill(number);
		}
		grace = setTimeout(endNow, graceMs);
	};
	const onAbort = () => stop(130, signals.interrupt);
	signal.addEventListener('abort', onAbort);
	if (signal.aborted) {
		onAbort();
	}
	const timeout = timeoutMs === undefined ? undefined : setTimeout(() => stop(timeoutStatus, signals.terminate), timeoutMs);
	let unread: ShellError | undefined;
	const onUnread = (error: ShellError): void => {
		unread = error;
		reason ??= faultStatus;
		endNow();
	};
	const input = terminal === undefined ? host.feed(session.stdin, onUnread) : undefined;
	const attached = terminal?.attach(session, () => stop(128 + signals.terminate, signals.terminate));
	let isOver = false;
	try {
		const ended = session.exited.then(
			(status) => ({status}),
			(error: unknown) => ({error}),
		);
		const over = Promise.race([ended, forced.promise.then(() => ({status: undefined}))]);
		try {
			if (attached === undefined) {
				const errors = session.stderr === undefined ? [] : [['stderr', session.stderr] as const];
				yield* mergeStreams([[tty ? 'tty' : 'stdout', session.stdout], ...errors], cut);
			} else {
				// A terminal that takes no more is told by itself.
				const done = attached.done.catch((error: unknown) => (error instanceof ShellError ? Promise.reject(error) : undefined));
				await Promise.race([done, cut]);
			}
		} catch (error) {
			// Of what is being ended anyway it is no surprise.
			if (reason === undefined) {
				const outOfMemory = session.outOfMemory?.();
				if (outOfMemory !== undefined) yield outOfMemoryNotice(undefined, outOfMemory);
				throw error;
			}
		}
		const result = await over;
		isOver = true;
		clearTimeout(grace);
		if (unread !== undefined) throw unread;
		if ('error' in result && reason === undefined) {
			throw result.error;
		}
		const status = reason ?? ('status' in result ? result.status : undefined);
		if (status === undefined) {
			throw new ShellError('failed', 'The sandbox ended, and the status of its command is not known');
		}
		const outOfMemory = session.outOfMemory?.();
		if (outOfMemory !== undefined) yield outOfMemoryNotice(status, outOfMemory);
		yield {kind: 'exit', status};
		if (host.interactive && status !== 0) {
			// A script has it as its exit code; a person sees it nowhere else.
			yield {kind: 'notice', level: 'info', code: 'status', message: describeStatus(status)};
		}
	} finally {
		// Its output does not arrive any more, or nobody wants it.
		if (!isOver) session.kill(signals.kill);
		signal.removeEventListener('abort', onAbort);
		clearTimeout(timeout);
		clearTimeout(grace);
		input?.stop();
		await attached?.settle();
		attached?.detach();
		// What a process that was left behind still writes would keep ours.
		if (isCut) for (const stream of [session.stdout, session.stderr]) stream?.destroy();
	}
}

type Named = readonly [stream: 'stdout' | 'stderr' | 'tty', source: Readable];

/** The chunks of several streams as they come; ends when all have, or at `cut`, and throws the fault of one. Reads no faster than it is asked. */
async function* mergeStreams(sources: readonly Named[], cut: Promise<void>): AsyncGenerator<Output> {
	const queue: Output[] = [];
	let open = sources.length;
	let fault: Error | undefined;
	let wake = (): void => {};
	for (const [stream, source] of sources) {
		source.on('data', (data: Uint8Array) => {
			queue.push({kind: 'output', stream, data: Uint8Array.from(data)});
			source.pause();
			wake();
		});
		source.on('error', () => undefined);
		onceClosed(source, () => {
			if (!source.readableEnded) fault ??= source.errored ?? lostOutput();
			open--;
			wake();
		});
	}
	let isCut = false;
	void cut.then(() => {
		isCut = true;
		open = 0;
		wake();
	});
	while (open > 0 || queue.length > 0) {
		const next = queue.shift();
		if (next !== undefined) {
			yield next;
			continue;
		}
		for (const [, source] of sources) {
			source.resume();
		}
		await new Promise<void>((resolve) => {
			wake = resolve;
			if (open <= 0 || queue.length > 0) {
				resolve();
			}
		});
	}
	if (fault !== undefined && !isCut) throw fault;
}
