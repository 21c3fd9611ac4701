import {defineCommand, optional, option, required} from '../../commands/command.ts';
import {choice, path, text} from '../../commands/kinds.ts';
import {runningName} from '../../commands/names.ts';
import {runningNameOf} from '../../commands/running.ts';
import type {Host} from '../../commands/context.ts';
import {ShellError} from '../../core/errors.ts';
import type {ConsoleEntry} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {findConsole} from './find-console.ts';
import {createRecorder, type Recorder} from './recordings.ts';

interface Running {
	readonly recorder: Recorder;
	readonly file: string;
	readonly stop: () => void;
}

/** `record`: writes what a console says to a file that `replay` and asciinema play. */
export function createRecordCommand({consoles, now}: {readonly consoles: ConsoleStore; readonly now: () => number}) {
	const running = new Map<string, Running>();

	async function finish(key: string, {recorder, file, stop}: Running, host: Pick<Host, 'writeFile'>): Promise<void> {
		stop();
		running.delete(key);
		await host.writeFile(file, recorder.write(), 0o600);
	}

	return defineCommand({
		name: 'record',
		group: 'consoles',
		summary: 'Record what a console says, with its times',
		description: 'The file is an asciicast, version 2. It is written when the recording is stopped; 64 MiB are the most.',
		params: {
			what: required(choice({start: 'begin', stop: 'end, and write the file'}), 'start or stop'),
			name: optional(runningName, 'the sandbox; left out: the current one'),
			console: optional(text('CONSOLE'), 'which console; left out: the first'),
			file: option(path(), 'where to; left out: NAME-CONSOLE.cast'),
		},
		examples: [
			['record start web --file demo.cast', "records the terminal of web's command"],
			['record stop web', 'ends that'],
		],
		async *run({what, name, console: which, file}, context) {
			const entry = await findConsole(consoles, runningNameOf(context, name), which);
			const open = running.get(entry.key);
			if (what === 'stop') {
				if (open === undefined) {
					throw new ShellError('not-found', `${entry.key} is not being recorded`, {hint: `'record start ${entry.key}' begins.`});
				}
				await finish(entry.key, open, context.host);
				const dropped = open.recorder.isFull ? '; what came after the first 64 MiB is not in it' : '';
				yield {kind: 'notice', level: 'info', code: 'recorded', message: `Recorded ${entry.key} to ${open.file}${dropped}`};
				return;
			}
			if (open !== undefined) {
				throw new ShellError('refused', `${entry.key} is being recorded already`, {hint: `'record stop ${entry.key}' ends that.`});
			}
			const target = file ?? `${entry.key.replaceAll(' ', '-')}.cast`;
			running.set(entry.key, begin(entry, target));
			yield {kind: 'notice', level: 'info', code: 'recording', message: `Recording ${entry.key}; 'record stop ${entry.key}' writes ${target}`};
		},
	});

	function begin(entry: ConsoleEntry, file: string): Running {
		const {emulator} = entry;
		const recorder = createRecorder({columns: emulator.columns, rows: emulator.rows, startMs: now(), title: entry.key});
		recorder.add(Buffer.from(emulator.replay()), now());
		return {recorder, file, stop: consoles.tap(entry.key, (chunk) => recorder.add(chunk, now()))};
	}
}
