import {once} from 'node:events';
import type {Duplex} from 'node:stream';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {within} from '../../core/within.ts';
import type {TerminalPlan} from '../guest/command-file.ts';
import {EndMarkFilter} from '../guest/streams/end-mark.ts';
import type {RunningSandbox} from '../start/running-sandbox.ts';

/** For who had the terminal open to be gone for libvirtd too, and for its bytes to come. */
const mostMs = 2000;
const pauseMs = 50;

/** Reads what a command has left on a terminal, up to its mark, when who read it has gone: the next command there gets none of it. */
export async function emptyTerminal({openConsole}: Pick<RunningSandbox, 'openConsole'>, {tty, mark}: Pick<TerminalPlan, 'tty' | 'mark'>): Promise<void> {
	const until = clockMs() + mostMs;
	const console = await openUntil(openConsole, tty, until);
	if (console === undefined) return;
	const left = new EndMarkFilter(mark);
	const ended = once(left.resume(), 'close');
	ended.catch(() => undefined);
	console.on('error', () => undefined);
	console.pipe(left);
	await within(ended, Math.max(0, until - clockMs()));
	console.destroy();
	left.destroy();
}

/** Undefined: it is still somebody's, or the sandbox goes. */
async function openUntil(openConsole: RunningSandbox['openConsole'], tty: number, until: number): Promise<Duplex | undefined> {
	for (;;) {
		try {
			return await openConsole(tty);
		} catch {
			if (clockMs() > until) return undefined;
			await wait(pauseMs);
		}
	}
}
