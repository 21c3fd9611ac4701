import {isatty} from 'node:tty';
import type {Caller} from '../../backend/host/caller.ts';
import {commands} from '../../commands/table.ts';
import {ShellError} from '../../core/errors.ts';
import {safeText} from '../../core/text.ts';
import {resolveConnect} from '../../live/resolve-connect.ts';
import {exitStatusOf} from '../../shell/exit-status.ts';
import type {History} from '../../shell/history.ts';
import {createNodeHost} from '../../shell/node-host.ts';
import type {TextOptions} from '../../shell/render/render-text.ts';
import {createPatientWriter, type PatientWriter} from '../../shell/patient-writer.ts';
import {OutputFailure} from '../../shell/run-script.ts';
import {createShell} from '../../shell/shell.ts';
import {parseShellOptions, shellUsage, type ShellOptions} from '../../shell/language/shell-options.ts';
import {createStreamSink} from '../../shell/stream-sink.ts';
import {loadColourStyle, plainStyle, wantsColour} from '../../shell/render/style.ts';
import {createSandboxes} from '../../live/sandboxes.ts';
import type {OutputSink} from '../../backend/types.ts';
import {asksForJson} from '../asks-for-json.ts';
import {embeddedNotice} from '../embedded-notice.ts';
import {areOneFile} from '../terminal/descriptors.ts';
import {findOwnTask, keeperWords} from '../own-task.ts';
import {parseKeepalive} from '../parse-keepalive.ts';
import {readProgramVersion} from '../program-version.ts';
import {currentDirectory, makeCaller} from '../surroundings.ts';
import {hangUp, isOfGoneTerminal, openSessionSink} from '../terminal/gone-terminal.ts';
import {hearEndOfSession} from '../terminal/signal-inbox.ts';
import {faultText, lossText, reportFault} from './shell-faults.ts';
import {feedInput, lendTerminal, readCommands} from './shell-input.ts';
import {createSessionSaver} from './save-session.ts';
import {screenCommandsToRead} from './screen-commands-to-read.ts';
import {isInteractive, openSession, wantsScreen} from './shell-session.ts';

/** How long whoever reads our output is waited for after a signal that ends the session, in milliseconds: a command may take 2 s of it to end. */
const hurryMs = 3000;

/** Runs virt-sandbox-shell with the words after its name; gives the exit status. */
export async function runShellProgram(words: readonly string[]): Promise<number> {
	const ownTask = findOwnTask(words);
	if (ownTask !== undefined) process.exit(await ownTask());
	const stdout = createPatientWriter(openSessionSink(1));
	const stderr = createPatientWriter(openSessionSink(2));
	const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
	process.on('uncaughtException', (error) => {
		if (isOfGoneTerminal(error, terminals)) {
			hangUp();
			return;
		}
		// The screen has a listener of its own, which gives the terminal back first.
		if (process.listenerCount('uncaughtException') === 1) {
			process.stderr.write(faultText(error, format()), () => process.exit(70));
		}
	});
	let options: ShellOptions | undefined;
	const format = (): 'text' | 'json' => options?.output ?? (asksForJson(words) ? 'json' : 'text');
	try {
		options = parseShellOptions(words);
		if (options.help || options.version) {
			await stdout.write(Buffer.from(options.help ? shellUsage() : `virt-sandbox-shell ${readProgramVersion()}\n`));
			return 0;
		}
		return end(await runShell(options, stdout, stderr));
	} catch (error) {
		const failure = error instanceof OutputFailure ? error.cause : error;
		if (failure instanceof Error && 'code' in failure && failure.code === 'EPIPE') {
			return 141;
		}
		const text = faultText(error instanceof OutputFailure ? new ShellError('failed', error.message) : error, format());
		await Promise.resolve(stderr.write(Buffer.from(text))).catch(() => undefined);
		return end(error instanceof OutputFailure ? 125 : exitStatusOf(error));
	}

	function end(status: number): number {
		if (stdout.isStuck() || stderr.isStuck()) {
			// What is still to be written would keep this process.
			void stderr.write(Buffer.from(lossText(format())));
			process.exit(status);
		}
		return status;
	}
}

async function runShell(options: ShellOptions, stdout: PatientWriter, stderr: PatientWriter): Promise<number> {
	const interactive = isInteractive(options);
	const keepalive = parseKeepalive(options.keepaliveInterval, options.keepaliveCount);
	const outTerminal = isatty(1);
	const errTerminal = isatty(2);
	const screen = interactive && wantsScreen(options, process.env) ? await (await import('./shell-screen.ts')).openShellScreen(options) : undefined;
	const style = options.output === 'text' && wantsColour(outTerminal && errTerminal, process.env) ? await loadColourStyle() : plainStyle;
	const stopWaiting = (): void => {
		stdout.giveUp();
		stderr.giveUp();
	};
	const ending = new AbortController();
	let signalled: number | undefined;
	const endBy = (name: NodeJS.Signals, status?: number): void => {
		if (!ending.signal.aborted) signalled = status;
		setTimeout(stopWaiting, hurryMs).unref();
		ending.abort(new ShellError('interrupted', `Interrupted by ${name}`));
	};
	const text = (): TextOptions => ({
		width: screen === undefined ? (outTerminal ? process.stdout.columns || 80 : undefined) : screen.width(),
		style,
		chatty: !options.quiet && (interactive || errTerminal),
		phases: options.debug,
		terminal: outTerminal,
	});
	const rendered = createStreamSink({stdout, stderr, ...screen?.streams, format: options.output, text, quiet: options.quiet});
	const sink = screen === undefined ? rendered : screen.watch(rendered);
	const connect = await resolveConnect(options.connect, caller());
	const kept = await openSession({...options, connect}, interactive, process.env);
	let ended = false;
	let ask: ((question: string) => Promise<boolean>) | undefined;
	const history = interactive ? await openUserHistory() : undefined;
	const host = createNodeHost({
		environment: process.env,
		yes: options.yes,
		quit: () => {
			ended = true;
		},
		ask: interactive ? (question) => (ask === undefined ? Promise.resolve(false) : ask(question)) : undefined,
		// The script itself may be standard input.
		feed: screen?.feed ?? (options.words.length > 0 || (options.file ?? '-') !== '-' || interactive ? feedInput : undefined),
		terminal: screen?.terminal ?? (outTerminal && isatty(0) && options.output === 'text' ? lendTerminal(options.escape) : undefined),
		...(history === undefined ? {} : {history: () => history.lines(), clearHistory: () => history.clear()}),
		stopWaiting,
		directory: currentDirectory,
		changeDirectory: (path) => process.chdir(path),
	});
	const sandboxes = createSandboxes({
		caller,
		readonly: () => kept.session.readonly,
		keepalive,
		yes: options.yes,
		isOneOutput: screen === undefined && options.output === 'text' && areOneFile(1, 2),
		keeper: keeperWords,
		trace: options.debug ? await openTrace(options.logFile, stderr) : undefined,
		onEmbedded: (unloaded) => void sink.write({kind: 'notice', level: 'warning', code: 'embedded-libvirtd', ...embeddedNotice(unloaded)}),
	});
	const {keepGoing, timing, yes, output} = options;
	const known = screen === undefined ? commands : [...commands, ...screen.commands({sandboxes, session: kept.session, host})];
	const onScreen = screen === undefined ? screenCommandsToRead : undefined;
	const shell = createShell({
		commands: known,
		onScreen,
		session: kept.session,
		host,
		sandboxes,
		paneFor: screen?.paneFor,
		sink,
		keepGoing,
		timing,
		yes,
		output,
		ended: () => ended,
		report: reportFault,
	});
	const saver = createSessionSaver(() => kept.save(host), sink);
	let status: number;
	try {
		status = await (history === undefined ? runBatch(await readCommands(options, shell)) : runInteractive(history));
	} finally {
		try {
			await saver.atEnd();
		} finally {
			await endSandboxes();
		}
	}
	return signalled ?? status;

	async function runInteractive(history: History): Promise<number> {
		hearEndOfSession(endBy);
		const parts = {
			shell,
			session: kept.session,
			sandboxes,
			history,
			quiet: options.quiet,
			ended: () => ended,
			onCommand: saver.afterCommand,
			signal: ending.signal,
		};
		const mode = screen === undefined ? (await import('./shell-line-mode.ts')).runLineMode(parts) : screen.run({...parts, commands: known});
		({ask} = mode);
		return mode.done;
	}

	async function runBatch(parsed: Awaited<ReturnType<typeof readCommands>>): Promise<number> {
		hearEndOfSession(endBy);
		process.on('SIGINT', (name) => endBy(name));
		return shell.run(parsed, ending.signal);
	}

	/** They end, or stay, however the session has ended; what is told of them comes after, as it may not be taken any more. */
	async function endSandboxes(): Promise<void> {
		const names = sandboxes.living();
		await sandboxes.close();
		if (names.length > 0) {
			await sink.write({kind: 'notice', level: 'warning', code: 'ended-with-session', message: `Ended with the session: ${names.join(', ')}`});
		}
		const staying = history === undefined ? [] : await sandboxes.staying();
		if (staying.length > 0) {
			const message = `Still running: ${staying.join(', ')}`;
			await sink.write({kind: 'notice', level: 'info', code: 'stays', message, hint: "'stop NAME' ends one, in this shell or the next."});
		}
	}
}

async function openUserHistory() {
	const {historyPath, historySize, openHistory} = await import('../../shell/history.ts');
	return openHistory(historyPath(process.env), historySize(process.env));
}

async function openTrace(file: string | undefined, stderr: OutputSink): Promise<(line: string) => void> {
	if (file === undefined) {
		return (line) => void stderr.write(Buffer.from(`${safeText(line)}\n`));
	}
	const {openSync, writeSync} = await import('node:fs');
	const descriptor = openSync(file, 'a', 0o600);
	return (line) => writeSync(descriptor, `${line}\n`);
}

function caller(): Caller {
	return makeCaller(currentUmask());
}

function currentUmask(): number {
	const umask = process.umask(0o077);
	process.umask(umask);
	return umask;
}
