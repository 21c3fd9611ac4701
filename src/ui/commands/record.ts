import {defineCommand, optional, option, required} from '../../commands/command.ts';
import {choice, path, text} from '../../commands/kinds.ts';
import {runningName} from '../../commands/names.ts';
import {ShellError} from '../../core/errors.ts';
import {labelOf} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {findConsole} from './find-console.ts';
import type {Recordings} from './running-recordings.ts';

/** `record`: writes what a console says to a file that `replay` and asciinema play. */
export function createRecordCommand({consoles, recordings}: {readonly consoles: ConsoleStore; readonly recordings: Recordings}) {
	return defineCommand({
		name: 'record',
		group: 'consoles',
		summary: 'Record what a console says, with its times',
		description: 'The file is an asciicast, version 2. It is written when the recording is stopped, or the session ends; 64 MiB are the most.',
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
			const entry = await findConsole(consoles, context, {sandbox: name, console: which});
			const label = labelOf(entry, consoles.list());
			if (what === 'stop') {
				const message = await recordings.finish(entry.key);
				if (message === undefined) {
					throw new ShellError('not-found', `${label} is not being recorded`, {hint: `'record start ${label}' begins.`});
				}
				yield {kind: 'notice', level: 'info', code: 'recorded', message};
				return;
			}
			if (recordings.has(entry.key)) {
				throw new ShellError('refused', `${label} is being recorded already`, {hint: `'record stop ${label}' ends that.`});
			}
			const target = file ?? `${entry.sandbox}-${entry.name}.cast`;
			recordings.begin(entry, target);
			yield {kind: 'notice', level: 'info', code: 'recording', message: `Recording ${label}; 'record stop ${label}' writes ${target}`};
		},
	});
}
