import {dirname} from 'node:path';
import type {ParseError} from 'jsonc-parser';
import {setTimeout} from 'node:timers/promises';
import type {Writable} from 'node:stream';
import {makeDirectories} from '../../backend/host/files/make-directories.ts';
import {ownDirectory} from '../../backend/host/files/own-directory.ts';
import {readRegularFile} from '../../backend/host/files/read-regular-file.ts';
import {replaceFile} from '../../backend/host/files/replace-file.ts';
import type {GuestTerminal} from '../../commands/context.ts';
import type {Command} from '../../commands/command.ts';
import {questionAtEnd} from '../../commands/quit.ts';
import type {ScreenTools} from '../../ui/screen-types.ts';
import {Bug} from '../../core/bug.ts';
import {ShellError, usageError} from '../../core/errors.ts';
import {safeText} from '../../core/text.ts';
import type {ShellOptions} from '../../shell/language/shell-options.ts';
import type {Sink} from '../../shell/run-script.ts';
import type {ByteWriter} from '../../shell/stream-sink.ts';
import {wantsColour} from '../../shell/render/style.ts';
import {writeCrashReport} from '../crash-report.ts';
import {hangUp, isOfGoneTerminal} from '../terminal/gone-terminal.ts';
import {faultText} from './shell-faults.ts';
import {lendTerminal} from './shell-input.ts';
import type {LineModeParts} from './shell-line-mode.ts';

/** The screen on this process's terminal, as the shell's program uses it. */
interface ShellScreen {
	readonly streams: {readonly stdout: ByteWriter; readonly stderr: ByteWriter};
	readonly terminal: GuestTerminal;
	readonly paneFor: (sandbox: string) => GuestTerminal;
	/** A renderer that shows progress in the status line too. */
	watch(sink: Sink): Sink;
	/** Commands that only a screen has. */
	commands(tools: ScreenTools): readonly Command[];
	width(): number;
	feed(stdin: Writable): {stop(): void};
	run(parts: LineModeParts & {readonly commands: readonly Command[]}): {ask(question: string): Promise<boolean>; readonly done: Promise<number>};
}

/** What the screen is on. */
const terminals = [0, 1];

/** Of a configuration, or a layout. */
const mostBytes = 1024 ** 2;

/** How long the banner waits for the name of the connection, in milliseconds. */
const bannerMs = 100;

/** Opens the screen; it is drawn from `run` on. */
export async function openShellScreen({escape, session: sessionName = 'default'}: Pick<ShellOptions, 'escape' | 'session'>): Promise<ShellScreen> {
	const [{openScreen}, {parseEscapeKey}] = await Promise.all([import('../../ui/open-screen.tsx'), import('../terminal/escape-key.ts')]);
	const screen = openScreen({
		input: process.stdin,
		output: process.stdout,
		colour: wantsColour(true, process.env),
		lent: lendTerminal(escape),
		escapeByte: parseEscapeKey(escape),
		configuration: await readConfiguration(),
		stop: stopProcess,
	});
	return {
		streams: {stdout: screen.stdout, stderr: screen.stderr},
		terminal: screen.terminal,
		paneFor: screen.paneFor,
		watch: screen.watch,
		commands: screen.commands,
		width: screen.width,
		feed: screen.feed,
		run(parts) {
			// The terminal emulator tells of a busy host by this, in the midst of the screen.
			const {warn} = console;
			console.warn = (...words: unknown[]) => {
				if (!String(words[0]).startsWith('task queue ')) warn.apply(console, words);
			};
			process.on('SIGINT', () => screen.interrupt());
			process.on('SIGCONT', () => screen.renew());
			// Whichever call notices first that the terminal has gone: that is a hangup, and no fault of ours.
			for (const stream of [process.stdout, process.stderr]) stream.on('error', hangUp);
			const {sandboxes, session, quiet} = parts;
			const started = bannerFor(session.uri, sandboxes, quiet).then((banner) =>
				screen.run({
					...parts,
					banner,
					layout: readLayoutFile(sessionName),
					onLayout: (text) => writeLayoutFile(sessionName, text),
					onGone: hangUp,
					async mayEnd() {
						const question = await questionAtEnd(sandboxes);
						return question === undefined || screen.ask(question);
					},
				}),
			);
			process.on('uncaughtException', (error) => {
				// Whoever has begun the session does what that takes.
				if (isOfGoneTerminal(error, terminals)) return;
				screen.restore();
				process.stderr.write(faultText(crashed(error), 'text'));
				process.exit(70);
			});
			return {
				ask: screen.ask,
				done: started.catch((error: unknown) => {
					if (!isOfGoneTerminal(error, terminals)) throw error instanceof ShellError ? error : crashed(error);
					hangUp();
					return 128 + 1;
				}),
			};
		},
	};
}

function layoutPath(session: string): string | undefined {
	return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(session) ? `${ownDirectory('state', process.env, 'sessions')}/${session}.layout.json` : undefined;
}

/** The panes that the last session of this name left; undefined: there are none. */
function readLayoutFile(session: string): string | undefined {
	try {
		const path = layoutPath(session);
		return path === undefined ? undefined : readRegularFile(path, {most: mostBytes, isOurs: true}).toString();
	} catch {
		return undefined;
	}
}

function writeLayoutFile(session: string, text: string): void {
	try {
		const path = layoutPath(session);
		if (path !== undefined) {
			makeDirectories(dirname(path));
			replaceFile(path, text);
		}
	} catch {
		// The next session begins without panes.
	}
}

/** The person's configuration; undefined: there is none. Throws a ShellError for a file that cannot be read. */
async function readConfiguration(): Promise<{readonly value: unknown; readonly file: string} | undefined> {
	const file = `${ownDirectory('config', process.env)}/config.json`;
	let text: string;
	try {
		text = readRegularFile(file, {most: mostBytes}).toString();
	} catch (error) {
		if (error instanceof ShellError) throw error;
		return undefined;
	}
	const {parse} = await import('jsonc-parser');
	const errors: ParseError[] = [];
	let value: unknown;
	try {
		value = parse(text, errors, {allowTrailingComma: true});
	} catch {
		// The parser calls itself for each level.
		throw usageError(`${file} is nested too deeply`, 'Fix the file, or move it away.');
	}
	if (errors.length > 0) {
		throw usageError(`${file} is not JSON (at character ${errors[0]?.offset ?? 0})`, 'Fix the file, or move it away.');
	}
	return value === undefined ? undefined : {value, file};
}

/** Writes down what went wrong, and says where. */
function crashed(error: unknown): Error {
	return new Bug(error, writeCrashReport(error, 'virt-sandbox-shell (screen)'));
}

async function bannerFor(uri: string | undefined, {defaultUri}: LineModeParts['sandboxes'], quiet: boolean): Promise<string | undefined> {
	if (quiet) {
		return undefined;
	}
	const named = uri ?? (await defaultUri(AbortSignal.timeout(bannerMs)).catch(() => undefined));
	return `virt-sandbox-shell${named === undefined ? '' : ` on ${safeText(named.replace(/\?.*$/, ''))}`}: 'help' for help, F1 for keys, 'quit' ends`;
}

/** How long a stop may take to reach every thread, in milliseconds. */
const stopMs = 50;

/** Stops this process and its group, as ^Z does; resolves when it goes on, or at once where nobody could let it go on. */
async function stopProcess(): Promise<void> {
	process.kill(0, 'SIGTSTP');
	await setTimeout(stopMs);
}
