import {setTimeout as wait} from 'node:timers/promises';
import {ShellError} from '../../../core/errors.ts';
import type {RunningSandbox} from '../../start/running-sandbox.ts';
import type {CapturedConsole} from './captured-console.ts';
import {readLog} from './read-log.ts';

/** How long a guest that is ready may take to look for the command's program, in milliseconds. */
const lookMs = 5000;
/** How long the end of its output may be behind its own. */
const outputMs = 1000;
/** Not executable, not found. */
const notExecuted: ReadonlySet<number | undefined> = new Set([126, 127]);
const outputs = new Set(['stdout', 'stderr', 'tty']);

/** Throws where the guest's init could not execute the command, with the reason it gave. A command may end with these statuses too: that is no fault of a start. */
export async function assertExecuted(
	{session, found, state, name}: Pick<RunningSandbox, 'session' | 'found' | 'state' | 'name'>,
	captured: readonly CapturedConsole[],
	signal: AbortSignal | undefined,
): Promise<void> {
	let isFound = false;
	const looked = found.then(() => void (isFound = true));
	const status = await soon(Promise.race([session.exited, looked]), lookMs, signal);
	signal?.throwIfAborted();
	if (isFound || !notExecuted.has(status ?? undefined)) return;
	await soon(Promise.all(captured.filter((each) => outputs.has(each.name)).map(({ended}) => ended)), outputMs, signal);
	for await (const {text} of readLog(state.path)) {
		const [, reason, kind] = /^virt-sandbox: (.*: not (found|executable))$/s.exec(text.trimEnd()) ?? [];
		if (reason !== undefined) {
			throw new ShellError(kind === 'found' ? 'no-command' : 'not-executable', `Sandbox '${name}' cannot run its command: ${reason}`, {
				hint: 'Its PATH and files are those that the sandbox shows',
			});
		}
	}
}

/** What a promise gives in time; undefined: nothing by then, or it was rejected. */
async function soon<T>(promise: Promise<T>, milliseconds: number, signal: AbortSignal | undefined): Promise<T | undefined> {
	const late = new AbortController();
	const timer = wait(milliseconds, undefined, {signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])}).catch(() => undefined);
	try {
		return await Promise.race([promise.catch(() => undefined), timer]);
	} finally {
		late.abort();
	}
}
