import {readFile} from 'node:fs';
import {readFile as readPath} from 'node:fs/promises';
import type {Writable} from 'node:stream';
import {isatty} from 'node:tty';
import {promisify} from 'node:util';
import type {Caller} from '../backend/types.ts';
import {commands} from '../commands/table.ts';
import {Session} from '../commands/session.ts';
import {ShellError} from '../core/errors.ts';
import {exitStatusOf} from '../shell/exit-status.ts';
import {decodeScript} from '../shell/language.ts';
import {createNodeHost} from '../shell/node-host.ts';
import {parseWords} from '../shell/parse-script.ts';
import {renderError, type TextOptions} from '../shell/render-text.ts';
import {renderJsonError} from '../shell/render-json.ts';
import {OutputFailure} from '../shell/run-script.ts';
import {createShell, type Shell} from '../shell/shell.ts';
import {parseShellOptions, shellUsage, type ShellOptions} from '../shell/shell-options.ts';
import {createStreamSink} from '../shell/stream-sink.ts';
import {loadColourStyle, plainStyle, wantsColour} from '../shell/style.ts';
import {createSandboxes} from './shell-sandboxes.ts';
import {openOutputSink} from './terminal/output-sink.ts';
import {systemReason} from '../commands/system-error.ts';

const programVersion = '0.1.0';

/** Runs virt-sandbox-shell with the words after its name; gives the exit status. */
export async function runShellProgram(words: readonly string[]): Promise<number> {
	const stdout = openOutputSink(1);
	const stderr = openOutputSink(2);
	const say = async (sink: typeof stdout, text: string) => {
		await sink.write(Buffer.from(text));
	};
	let options: ShellOptions | undefined;
	try {
		options = parseShellOptions(words);
		if (options.help) {
			await say(stdout, shellUsage());
			return 0;
		}
		if (options.version) {
			await say(stdout, `virt-sandbox-shell ${programVersion}\n`);
			return 0;
		}
		return await runSession(options, stdout, stderr);
	} catch (error) {
		const failure = error instanceof OutputFailure ? error.cause : error;
		if (failure instanceof Error && 'code' in failure && failure.code === 'EPIPE') {
			return 141;
		}
		const text =
			options?.output === 'json'
				? renderJsonError(error).text
				: renderError(error, {width: undefined, style: plainStyle, chatty: true, terminal: true}).text;
		await Promise.resolve(stderr.write(Buffer.from(text))).catch(() => undefined);
		return error instanceof OutputFailure ? 125 : exitStatusOf(error);
	}
}

async function runSession(options: ShellOptions, stdout: ReturnType<typeof openOutputSink>, stderr: ReturnType<typeof openOutputSink>): Promise<number> {
	const interactive = options.file === undefined && options.words.length === 0 && isatty(0);
	const outTerminal = isatty(1);
	const errTerminal = isatty(2);
	const style = options.output === 'text' && wantsColour(outTerminal && errTerminal, process.env) ? await loadColourStyle() : plainStyle;
	const text = (): TextOptions => ({
		width: outTerminal ? (process.stdout.columns ?? 80) || 80 : undefined,
		style,
		chatty: !options.quiet && (interactive || errTerminal),
		terminal: outTerminal,
	});
	const sink = createStreamSink({stdout, stderr, format: options.output, text, quiet: options.quiet});
	let ended = false;
	const session = new Session({uri: options.connect, readonly: options.readonly});
	const host = createNodeHost({
		environment: process.env,
		yes: options.yes,
		quit: () => {
			ended = true;
		},
		// The script itself may be standard input.
		feed: options.words.length > 0 || options.file !== undefined ? feedInput : undefined,
		directory: () => process.cwd(),
		changeDirectory: (path) => process.chdir(path),
	});
	const sandboxes = createSandboxes({
		caller,
		trace: options.debug ? (line) => void stderr.write(Buffer.from(`${line}\n`)) : undefined,
		onEmbedded: () =>
			void sink.write({
				kind: 'notice',
				level: 'warning',
				code: 'embedded-libvirtd',
				message: 'No libvirtd runs on this host: one of our own was started, which ends 2 minutes after its last sandbox',
			}),
	});
	const shell = createShell({
		commands,
		session,
		host,
		sandboxes,
		sink,
		keepGoing: options.keepGoing,
		timing: options.timing,
		yes: options.yes,
		output: options.output,
		ended: () => ended,
	});
	const parsed = await readCommands(options, shell);
	const interrupt = new AbortController();
	let signalled: NodeJS.Signals | undefined;
	const onSignal = (name: NodeJS.Signals) => {
		signalled ??= name;
		interrupt.abort(new ShellError('interrupted', `Interrupted by ${name}`));
	};
	for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.on(name, onSignal);
	}
	try {
		const status = await shell.run(parsed, interrupt.signal);
		return signalled === 'SIGTERM' ? 143 : signalled === 'SIGHUP' ? 129 : status;
	} finally {
		await sandboxes.close();
	}
}

function feedInput(stdin: Writable): {stop(): void} {
	let relay: {stop(): void} | undefined;
	let stopped = false;
	void import('./terminal/relay-input.ts').then(({relayInput}) => {
		relay = stopped ? undefined : relayInput(0, stdin, () => undefined);
	});
	return {
		stop() {
			stopped = true;
			relay?.stop();
		},
	};
}

function caller(): Caller {
	return {
		uid: process.getuid?.() ?? 0,
		gid: process.getgid?.() ?? 0,
		groups: process.getgroups?.() ?? [],
		cwd: process.cwd(),
		environment: process.env,
		pid: process.pid,
	};
}

async function readCommands(options: ShellOptions, shell: Shell) {
	const [first, ...more] = options.words;
	if (first !== undefined) {
		return more.length === 0 ? shell.parse({text: first, name: undefined}) : [parseWords(options.words, {commands, interactive: false})];
	}
	const path = options.file;
	try {
		const bytes = await (path === undefined ? promisify(readFile)(0) : readPath(path));
		return await shell.parse({text: decodeScript(bytes, path === undefined ? 'Standard input' : `'${path}'`), name: path});
	} catch (error) {
		if (error instanceof ShellError) {
			throw error;
		}
		throw new ShellError('not-found', `Cannot read the script '${path ?? 'of standard input'}': ${systemReason(error)}`, {cause: error});
	}
}
