import type {Readable} from 'node:stream';
import type {Sandbox} from '../backend/types.ts';
import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';
import type {GuestTerminal, Host} from './context.ts';

/** How long a command that was asked to end may take, in milliseconds. */
const graceMs = 2000;
/** How long the rest of the output of a sandbox that was destroyed may take. */
const drainMs = 500;

const signals = {hangUp: 1, interrupt: 2, terminate: 15} as const;

export interface RunSessionOptions {
	readonly signal: AbortSignal;
	/** The person's terminal, which the command gets; undefined: its output is yielded. */
	readonly terminal: GuestTerminal | undefined;
	readonly host: Host;
	readonly timeoutMs: number | undefined;
	readonly tty: boolean;
}

/** Joins a sandbox's first session until its command has ended: yields its output and its status, and puts the sandbox away. */
export async function* runSession(sandbox: Sandbox, {signal, terminal, host, timeoutMs, tty}: RunSessionOptions): AsyncGenerator<Output> {
	const {session} = sandbox;
	let reason: number | undefined;
	let grace: NodeJS.Timeout | undefined;
	const destroyed = Promise.withResolvers<void>();
	destroyed.promise.catch(() => {});
	const stop = (status: number, first: number): void => {
		if (reason !== undefined) {
			return;
		}
		reason = status;
		for (const number of tty ? [signals.hangUp, first] : [first]) {
			session.kill(number);
		}
		grace = setTimeout(() => sandbox.destroy().then(destroyed.resolve, destroyed.reject), graceMs);
	};
	const onAbort = () => stop(130, signals.interrupt);
	signal.addEventListener('abort', onAbort);
	if (signal.aborted) {
		onAbort();
	}
	const timeout = timeoutMs === undefined ? undefined : setTimeout(() => stop(124, signals.terminate), timeoutMs);
	const input = terminal === undefined ? host.feed(session.stdin) : undefined;
	const attached = terminal?.attach(session, () => stop(128 + signals.terminate, signals.terminate));
	try {
		const ended = session.exited.then(
			(status) => ({status}),
			(error: unknown) => ({error}),
		);
		const over = Promise.race([ended, destroyed.promise.then(() => ({status: undefined}))]);
		if (attached === undefined) {
			yield* mergeStreams(
				[tty ? ['tty', session.stdout] : ['stdout', session.stdout], ...(session.stderr === undefined ? [] : [['stderr', session.stderr] as const])],
				destroyed.promise,
			);
		} else {
			await Promise.race([attached.done.catch(() => undefined), destroyed.promise]);
		}
		const result = await over;
		clearTimeout(grace);
		if ('error' in result && reason === undefined) {
			throw result.error;
		}
		const status = reason ?? ('status' in result ? result.status : undefined);
		if (status === undefined) {
			throw new ShellError('failed', 'The sandbox ended, and the status of its command is not known');
		}
		yield {kind: 'exit', status};
	} finally {
		signal.removeEventListener('abort', onAbort);
		clearTimeout(timeout);
		clearTimeout(grace);
		input?.stop();
		attached?.detach();
		if (reason === undefined) {
			// The consumer may have gone away in the middle: then the command must not go on.
			await Promise.race([session.exited.catch(() => undefined), sandbox.destroy()]);
		}
		await sandbox.close();
	}
}

type Named = readonly [stream: 'stdout' | 'stderr' | 'tty', source: Readable];

/** The chunks of several streams as they come; ends when all have, or soon after `cut`. Reads no faster than it is asked. */
async function* mergeStreams(sources: readonly Named[], cut: Promise<void>): AsyncGenerator<Output> {
	const queue: Output[] = [];
	let open = sources.length;
	let wake = (): void => {};
	const close = (): void => {
		open--;
		wake();
	};
	for (const [stream, source] of sources) {
		source.on('data', (data: Uint8Array) => {
			queue.push({kind: 'output', stream, data: Uint8Array.from(data)});
			source.pause();
			wake();
		});
		source.once('close', close);
		source.on('error', () => undefined);
	}
	void cut.then(
		() =>
			setTimeout(() => {
				open = 0;
				wake();
			}, drainMs),
		() => undefined,
	);
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
}
