import {createInterface, type Interface} from 'node:readline/promises';
import type {ReadStream, WriteStream} from 'node:tty';
import {ShellError} from '../core/errors.ts';
import {completeForReadline} from './complete/complete-for-readline.ts';
import {describeCandidates} from './complete/candidate-menu.ts';
import {createSearch} from './history-search.ts';
import {continuationPrompt, promptOf} from './prompt.ts';
import {createQuestions} from './questions.ts';
import type {Interaction} from './shell.ts';
import {isUnfinished} from './language/tokenise.ts';

interface LineModeOptions extends Interaction {
	readonly input: ReadStream;
	readonly output: WriteStream;
}

/** A line mode: what asks questions while it runs, and its end with the status of the last command. */
export interface LineMode {
	ask(question: string): Promise<boolean>;
	/** ^C while a command runs. */
	interrupt(): void;
	readonly done: Promise<number>;
}

/** Reads commands from a terminal, a line at a time, with history, completion and continuation, until `quit` or the end of input. */
export function startLineMode(options: LineModeOptions): LineMode {
	const {input, output, shell, session, history} = options;
	const lines: string[] = [];
	let wake = (): void => {};
	let closed = false;
	let pending = '';
	let running: AbortController | undefined;
	let isAsking = false;
	const questions = createQuestions({put: putQuestion});
	const jobs = new Set<AbortController>();

	function openReader(): Interface {
		const opened = createInterface({
			input,
			output,
			terminal: true,
			history: [...history.lines()].reverse(),
			historySize: 1000,
			removeHistoryDuplicates: true,
			completer: (line: string) => complete(line).catch((): [string[], string] => [[], line]),
		});
		opened.on('line', (line) => {
			if (questions.answer(/^y(es)?$/i.test(line.trim()))) {
				return;
			}
			lines.push(line);
			wake();
		});
		opened.on('SIGINT', () => {
			if (questions.answer(false)) {
				return;
			}
			// The line is dropped, what was typed stays to be seen.
			pending = '';
			output.write('^C\n');
			Object.assign(opened, {line: '', cursor: 0, prevRows: 0});
			prompt();
		});
		opened.on('close', () => {
			closed = true;
			questions.answer(false);
			wake();
		});
		// Who gave us the input hears of its errors too.
		opened.on('error', () => {});
		closed = false;
		return opened;
	}
	let reader = openReader();
	const search = createSearch();
	input.on('keypress', (_text: string | undefined, key: {readonly ctrl?: boolean; readonly name?: string}) => {
		if (running !== undefined || isAsking) {
			return;
		}
		const found = key.ctrl === true && key.name === 'r' ? search.next(reader.line, history.lines()) : search.end();
		if (found !== undefined) {
			Object.assign(reader, {line: found, cursor: found.length});
			reader.prompt(true);
		}
	});
	options.signal.addEventListener('abort', () => {
		running?.abort(options.signal.reason);
		questions.close();
		reader.close();
	});

	async function complete(line: string): Promise<[string[], string]> {
		const {insert, shown} = await completeForReadline(line, pending, {commands: options.commands, completion: shell.completion()});
		if (shown.length > 0) {
			output.write(`\n${describeCandidates(shown, output.columns || 80)}`);
			reader.prompt(true);
		}
		return insert;
	}

	function reopen(): void {
		if (closed) {
			reader = openReader();
		}
	}

	function prompt(): void {
		reader.setPrompt(pending === '' ? promptOf(session) : continuationPrompt);
		reader.prompt();
	}

	async function nextLine(): Promise<string | undefined> {
		if (lines.length === 0 && !closed && !options.signal.aborted) {
			prompt();
			await new Promise<void>((resolve) => {
				wake = resolve;
			});
		}
		return options.signal.aborted ? undefined : lines.shift();
	}

	/** A whole command: lines are joined while a quote is open or a backslash ends them. */
	async function nextText(): Promise<string | undefined> {
		pending = '';
		for (;;) {
			const line = await nextLine();
			if (line === undefined) {
				return undefined;
			}
			const text = pending === '' ? line : `${pending}\n${line}`;
			if (!isUnfinished(text)) {
				pending = '';
				return text;
			}
			pending = text;
		}
	}

	/** The terminal is the command's while it runs: cooked, so that ^C is a signal. */
	async function withTerminal<T>(work: () => Promise<T>): Promise<T> {
		leaveTerminal();
		try {
			return await work();
		} finally {
			takeTerminal();
		}
	}

	function leaveTerminal(): void {
		if (!closed) reader.pause();
		input.setRawMode(false);
	}

	function takeTerminal(): void {
		if (closed) return;
		reader.resume();
		// The last, since one that has gone closes the reader.
		input.setRawMode(true);
	}

	async function runText(text: string): Promise<number> {
		const parsed = await shell.parseTyped(text);
		if (parsed === undefined) {
			return 2;
		}
		let status = 0;
		for (const command of parsed) {
			const controller = new AbortController();
			if (command.background) {
				jobs.add(controller);
				void shell.run([command], controller.signal, 'beside').finally(() => jobs.delete(controller));
				continue;
			}
			running = controller;
			status = await withTerminal(() => shell.run([command], controller.signal));
			running = undefined;
			await options.onCommand();
			if (status !== 0 || options.ended() || options.signal.aborted) {
				break;
			}
		}
		return status;
	}

	async function loop(): Promise<number> {
		let status = 0;
		while (!options.ended()) {
			const text = await nextText();
			if (text !== undefined) {
				await history.add(text);
				status = await runText(text);
				continue;
			}
			output.write('\n');
			if (options.signal.aborted || (await options.mayEnd())) {
				break;
			}
			reopen();
		}
		for (const job of jobs) {
			job.abort(new ShellError('interrupted', ''));
		}
		reader.close();
		return status;
	}

	function putQuestion(text: string | undefined): void {
		isAsking = text !== undefined;
		if (text !== undefined) {
			reopen();
			reader.setPrompt(`${text} [y/n] `);
			reader.prompt();
			takeTerminal();
		} else if (running === undefined && !closed) {
			// It came from beside the prompt, which waits for its line again.
			prompt();
		} else {
			leaveTerminal();
		}
	}

	return {
		ask: questions.ask,
		interrupt() {
			// The terminal shows ^C; there is no more to say.
			running?.abort(new ShellError('interrupted', ''));
		},
		done: loop(),
	};
}
