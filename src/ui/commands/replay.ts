import {PassThrough, Writable} from 'node:stream';
import {setTimeout as wait} from 'node:timers/promises';
import type {GuestSession, TerminalSize} from '../../backend/types.ts';
import {defineCommand, flag, option, required} from '../../commands/command.ts';
import {count, path} from '../../commands/kinds.ts';
import {systemReason} from '../../core/system-reason.ts';
import {ShellError} from '../../core/errors.ts';
import {onceClosed, onceOver} from '../../core/stream-ends.ts';
import {consoleKey} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {closePane, openPane, type OpenPanes} from '../panes/pane-state.ts';
import {readRecording, type Recording} from './recordings.ts';

/** Nothing is waited for longer than this, in milliseconds. */
const longestPauseMs = 5000;

/** `replay`: plays a recording in a pane. */
export function createReplayCommand({consoles, panes, update}: OpenPanes & {readonly consoles: ConsoleStore}) {
	return defineCommand({
		name: 'replay',
		group: 'consoles',
		summary: 'Play a recording in a pane',
		description: 'Pauses are cut to five seconds. ^C ends it, and so does x in its pane, which closes it.',
		params: {
			file: required(path(), 'an asciicast, version 2'),
			speed: option(count('FACTOR', 1, 1000), 'so many times as fast'),
			close: flag('close its pane'),
		},
		examples: [
			['replay demo.cast --speed 4', 'plays it four times as fast'],
			['replay demo.cast --close', 'closes its pane'],
		],
		async *run({file, speed, close}, {host, signal}) {
			const name = file.replace(/^.*\//, '').replaceAll(' ', '_');
			if (close) {
				const pane = panes().panes.find(({console}) => console === consoleKey('replay', name, ''));
				if (pane === undefined) {
					throw new ShellError('not-found', `No pane plays '${file}'`, {hint: `'replay ${file}' opens one.`});
				}
				update((state) => closePane(state, pane.id));
				return;
			}
			let data: Uint8Array;
			try {
				data = await host.readFile(file);
			} catch (error) {
				throw new ShellError('not-found', `Cannot read '${file}': ${systemReason(error)}`, {cause: error});
			}
			const recording = readRecording(Buffer.from(data).toString('utf8'), `'${file}'`);
			const output = new PassThrough();
			const key = await consoles.add({sandbox: 'replay', name, uri: '', session: sessionOf(output, recording)});
			update((panes) => openPane(panes, 'console', {side: 'below', console: key}));
			const closed = new AbortController();
			onceClosed(output, () => closed.abort());
			try {
				await play(recording, output, speed ?? 1, AbortSignal.any([signal, closed.signal]));
			} catch (error) {
				if (!signal.aborted && closed.signal.aborted) {
					return;
				}
				throw error;
			} finally {
				output.end();
			}
			yield {kind: 'notice', level: 'info', code: 'replayed', message: `Played ${file}`};
		},
	});
}

async function play({events}: Recording, output: Writable, speed: number, signal: AbortSignal): Promise<void> {
	let before = 0;
	for (const {timeMs, text} of events) {
		const pause = Math.min(longestPauseMs, Math.max(0, timeMs - before)) / speed;
		before = timeMs;
		if (pause >= 1) {
			await wait(pause, undefined, {signal});
		}
		signal.throwIfAborted();
		output.write(text);
	}
}

/** A console that nobody can type to. */
function sessionOf(stdout: PassThrough, {columns, rows}: TerminalSize): GuestSession {
	return {
		stdin: new Writable({write: (_chunk, _encoding, callback) => callback()}),
		stdout,
		stderr: undefined,
		kill() {},
		resize() {},
		exited: new Promise((resolve) => onceOver(stdout, () => resolve(0))),
		holder: {pid: process.pid, size: {columns, rows}, onSize() {}},
	};
}
