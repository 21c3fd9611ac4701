import type {Writable} from 'node:stream';
import type {ReadStream, WriteStream} from 'node:tty';
import type {Command} from '../commands/command.ts';
import type {GuestTerminal} from '../commands/context.ts';
import type {Sandboxes} from '../commands/sandboxes.ts';
import type {Session} from '../commands/session.ts';
import {completeLine} from '../shell/complete.ts';
import type {History} from '../shell/history.ts';
import {promptOf} from '../shell/prompt.ts';
import type {Sink} from '../shell/run-script.ts';
import type {Shell} from '../shell/shell.ts';
import type {ByteWriter} from '../shell/stream-sink.ts';
import {App} from './components/app.tsx';
import {startDrawing, type Drawing} from './drawing.tsx';
import {createTheme} from './draw/theme.ts';
import {createKeyDecoder} from './keys/key-decoder.ts';
import {createKeymap} from './keys/key-table.ts';
import {createStore, initialState} from './model/screen-store.ts';
import {createKeyHandler} from './session/handle-keys.ts';
import {createRunner, type Runner} from './session/runner.ts';
import {watchSandboxes} from './session/watch-sandboxes.ts';
import {createScreenInput} from './terminal/screen-input.ts';
import {createScreenOutput, sizeOf} from './terminal/screen-output.ts';
import {createTranscript} from './transcript/transcript.ts';
import {createWrapper} from './transcript/view-transcript.ts';

export interface ScreenOptions {
	readonly input: ReadStream;
	readonly output: WriteStream;
	readonly colour: boolean;
	/** Lends the whole terminal to a guest. */
	readonly lent: GuestTerminal;
	/** Stops this process (^Z); resolves when it goes on. */
	readonly stop: () => Promise<void>;
	/** Lines of the transcript that stay on the terminal after the end. */
	readonly keptAfter?: number;
}

/** What a session needs to run on the screen. */
export interface ScreenSession {
	readonly shell: Shell;
	readonly session: Session;
	readonly sandboxes: Sandboxes;
	readonly commands: readonly Command[];
	readonly history: History;
	readonly sink: Sink;
	readonly banner: string | undefined;
	readonly ended: () => boolean;
	readonly mayEnd: () => Promise<boolean>;
	readonly onCommand: () => Promise<void>;
	/** Ends the session: SIGTERM, SIGHUP. */
	readonly signal: AbortSignal;
}

/** The screen on a terminal. */
export interface Screen {
	readonly stdout: ByteWriter;
	readonly stderr: ByteWriter;
	/** Cells that a line of output has. */
	width(): number;
	/** For guests: the whole screen. */
	readonly terminal: GuestTerminal;
	ask(question: string): Promise<boolean>;
	/** Gives the lines that are typed to a command. */
	feed(stdin: Writable): {stop(): void};
	/** Draws until the session ends; gives the status of its last command. */
	run(session: ScreenSession): Promise<number>;
}

/** Frames a second at most. */
const fps = 60;
const keptAfterUsually = 1000;

export function openScreen({input, output, colour, lent, stop, keptAfter = keptAfterUsually}: ScreenOptions): Screen {
	const theme = createTheme(colour);
	const transcript = createTranscript();
	const {columns, rows} = sizeOf(output);
	const store = createStore(initialState(columns, rows, []));
	transcript.onChange(() => store.touch());
	output.on('resize', () => store.update(sizeOf(output)));
	const gone = new AbortController();
	const keymap = createKeymap();
	let drawing: Drawing | undefined;
	let runner: Runner | undefined;
	let answer: ((yes: boolean) => void) | undefined;
	let fed: Writable | undefined;
	let onKeys: ReturnType<typeof createKeyHandler> = () => {};

	const decoder = createKeyDecoder((keys) => onKeys(keys));
	const keyboard = createScreenInput({
		input,
		write: (text) => output.write(text),
		onBytes: (chunk) => decoder.push(chunk),
		onEnd: () => gone.abort(),
	});

	let lease: Promise<unknown> = Promise.resolve();
	/** Gives the terminal away while some work has it; one after another. */
	function giveAway<T>(work: () => Promise<T>): Promise<T> {
		const turn = lease.then(async () => {
			const takeBack = await drawing?.suspend();
			keyboard.close();
			decoder.reset();
			try {
				return await work();
			} finally {
				keyboard.open();
				store.update(sizeOf(output));
				await takeBack?.();
			}
		});
		lease = turn.catch(() => undefined);
		return turn;
	}

	function ask(question: string): Promise<boolean> {
		return new Promise((resolve) => {
			answer = (yes) => {
				answer = undefined;
				store.update({question: undefined});
				transcript.print(`${question} ${yes ? 'yes' : 'no'}`);
				resolve(yes);
			};
			store.update({question: `${question} [y/n] `});
		});
	}

	const terminal: GuestTerminal = {
		escape: lent.escape,
		size: () => sizeOf(output),
		attach(session, onLeave) {
			const over = Promise.withResolvers<void>();
			const done = Promise.withResolvers<unknown>();
			let attachment: {readonly done: Promise<unknown>; detach(): void} | undefined;
			let left = false;
			void giveAway(async () => {
				if (!left) {
					attachment = lent.attach(session, onLeave);
					done.resolve(attachment.done);
					await over.promise;
				}
			}).catch(done.reject);
			return {
				done: done.promise,
				detach() {
					left = true;
					attachment?.detach();
					over.resolve();
				},
			};
		},
	};

	return {
		stdout: {write: (chunk) => transcript.write(chunk, 'stdout') ?? undefined},
		stderr: {write: (chunk) => transcript.write(chunk, 'stderr') ?? undefined},
		width: () => store.get().columns,
		terminal,
		ask,
		feed(stdin) {
			fed = stdin;
			stdin.on('error', () => {});
			store.update({feeding: true});
			return {
				stop() {
					if (fed === stdin) {
						fed = undefined;
						store.update({feeding: false});
					}
				},
			};
		},
		run,
	};

	async function run(parts: ScreenSession): Promise<number> {
		const {shell, session, sandboxes, commands, history} = parts;
		const signal = AbortSignal.any([parts.signal, gone.signal]);
		const showPrompt = (): void => store.update({prompt: promptOf(session)});
		store.update({editor: {...store.get().editor, history: history.lines()}});
		showPrompt();
		if (parts.banner !== undefined) {
			transcript.print(parts.banner);
		}
		const watch = watchSandboxes({
			sandboxes,
			uri: () => session.uri,
			signal,
			onTarget: (uri) => store.update({uri, connection: 'unknown', sandboxes: []}),
			onList: (marks, uri) => store.update({sandboxes: marks, uri, connection: 'open'}),
			onEvent: () => {},
			onLost(uri) {
				store.update({connection: 'lost', sandboxes: []});
				transcript.print(theme.bad(`The connection to ${uri} was lost; 'connect' takes it up again`));
			},
		});
		runner = createRunner({
			shell,
			sink: parts.sink,
			history,
			ended: parts.ended,
			mayEnd: parts.mayEnd,
			signal,
			onText(text) {
				transcript.print(`${theme.prompt(promptOf(session))}${text.replaceAll('\n', `\n${theme.prompt('... ')}`)}`);
			},
			onRunning: (line) => store.update({running: line, phase: undefined}),
			onQueue: (queued) => store.update({queued}),
			onJobs: (jobs) => store.update({jobs: jobs.length}),
			onJobEnd: (job, status) => transcript.print(theme.quiet(`[${job.id}] ${job.line}: ${status === 0 ? 'done' : `ended with status ${status}`}`)),
			async onCommand() {
				transcript.endLine();
				showPrompt();
				store.update({editor: {...store.get().editor, history: history.lines()}});
				await parts.onCommand();
				void watch.refresh();
			},
		});
		onKeys = createKeyHandler(store, keymap, {
			submit,
			end: () => (fed === undefined ? runner?.end() : fed.end()),
			cancel() {
				const cancelled = runner?.cancel() ?? false;
				if (!cancelled) {
					transcript.print(`${theme.prompt(store.get().prompt)}${store.get().editor.text}^C`);
				}
				return cancelled;
			},
			clearTranscript: () => transcript.clear(),
			answer: (yes) => answer?.(yes),
			complete: (text) => completeLine(text, commands, shell.completion()),
			act(action) {
				if (action === 'suspend') {
					void giveAway(stop);
				}
			},
			bell: () => output.write('\x07'),
		});
		keyboard.open();
		drawing = startDrawing(<App store={store} transcript={transcript} wrap={createWrapper()} commands={commands} theme={theme} />, {
			output: createScreenOutput(output),
			fps,
		});
		void watch.refresh();
		try {
			return await Promise.race([runner.done, drawing.stopped.then(() => 0)]);
		} finally {
			drawing.stop();
			keyboard.close();
			// What was said stays on the terminal.
			const lines = transcript.lines().slice(-keptAfter);
			output.write(lines.map(({text}) => `${text}\n`).join(''));
		}
	}

	function submit(text: string): void {
		if (fed !== undefined) {
			transcript.print(text);
			fed.write(`${text}\n`);
			return;
		}
		if (text.trim() === '') {
			transcript.print(theme.prompt(store.get().prompt));
			return;
		}
		runner?.submit(text);
	}
}
