import {isatty} from 'node:tty';
import type {Caller} from '../backend/host/caller.ts';
import {readProcessBounds} from '../backend/host/process-bounds.ts';
import {ShellError, usageError} from '../core/errors.ts';
import {jsonLine} from '../core/json-line.ts';
import {resolveConnect} from '../live/resolve-connect.ts';
import {asksForJson} from './asks-for-json.ts';
import {readCommandWords} from './command-words.ts';
import {findOwnTask, keeperWords, programWords} from './own-task.ts';
import {type SignalInbox, openSignalInbox, signalNumber} from './terminal/signal-inbox.ts';
import {openWriter} from './terminal/write-now.ts';
import {parseKeepalive} from './parse-keepalive.ts';
import {readListedFiles} from './read-listed-files.ts';
import {currentDirectory, ownEnvironment} from './surroundings.ts';
import type {OptionName} from './virt-sandbox-options.ts';
import {type CommandLine, parseCommandLine} from './virt-sandbox-parse.ts';
import {defaultUri, imaginedUri, systemUri} from './virt-sandbox-uri.ts';
import {type ProgramVoice, createProgramVoice} from './run/virt-sandbox-voice.ts';
import {watchLostEnd} from './run/watch-lost-end.ts';

/** The status of every fault of ours, usage included. */
const faultStatus = 125;
const notExecutableStatus = 126;
const notFoundStatus = 127;

// The caller's may take from us what we make for the guest; all that is secret has a mode of its own.
const umask = process.umask(0o022);
const signals = openSignalInbox();
let rawTerminal = false;

const writeToError = openWriter(2);

/** A terminal that the guest has made raw needs carriage returns. */
function writeError(text: string): void {
	writeToError(rawTerminal ? text.replaceAll('\n', '\r\n') : text);
}

/** `line`: undefined before it was understood. */
function openVoice(words: readonly string[], line?: CommandLine): ProgramVoice {
	const has = (name: 'quiet' | 'verbose' | 'debug'): boolean => line?.options.has(name) === true;
	const json = line === undefined ? asksForJson(words) : line.options.get('output')?.[0] === 'json';
	return createProgramVoice({
		json,
		quiet: has('quiet'),
		verbose: has('verbose') || has('debug'),
		debug: has('debug'),
		terminal: isatty(2),
		columns: () => process.stderr.columns,
		write: writeError,
	});
}

async function main(words: readonly string[]): Promise<number> {
	const ownTask = findOwnTask(words);
	if (ownTask !== undefined) {
		signals.ignoreUserSignals();
		return ownTask();
	}
	let voice = openVoice(words);
	try {
		const line = parseCommandLine(words);
		voice = openVoice(words, line);
		if (line.options.has('help')) {
			const {helpText} = await import('./virt-sandbox-help.ts');
			return await print(helpText());
		}
		if (line.options.has('version')) {
			const {readProgramVersion} = await import('./program-version.ts');
			return await print(`virt-sandbox ${readProgramVersion()}\n`);
		}
		return await run(line, voice, signals);
	} catch (error) {
		voice.fault(error);
		return statusOf(error);
	}
}

async function run(line: CommandLine, voice: ProgramVoice, inbox: SignalInbox): Promise<number> {
	const has = (name: OptionName): boolean => line.options.has(name);
	const one = (name: OptionName): string | undefined => line.options.get(name)?.[0];
	const json = one('output') === 'json';
	const directory = currentDirectory();
	const caller: Caller = {
		uid: process.getuid?.() ?? 0,
		gid: process.getgid?.() ?? 0,
		groups: process.getgroups?.() ?? [],
		cwd: directory,
		environment: ownEnvironment(),
		pid: process.pid,
		bounds: readProcessBounds(umask, process.env),
		program: programWords,
	};
	const connect = await resolveConnect(one('connect'), caller);
	const trace = has('debug') ? (text: string) => voice.trace(text) : undefined;
	if (has('clean')) {
		const {cleanUp} = await import('./virt-sandbox-clean.ts');
		return cleanUp(line.command, {caller, uri: connect ?? (await systemUri(caller)), isNamed: connect !== undefined, trace, json, voice, print});
	}
	const [{specFromCommandLine}, {parseEscapeKey}] = await Promise.all([import('./virt-sandbox-spec.ts'), import('./terminal/escape-key.ts')]);
	const spec = specFromCommandLine(line, {
		directory,
		tty: !json && isatty(0) && isatty(1),
		connect,
		readFile: await readListedFiles([...(line.options.get('env-file') ?? []), ...(line.options.get('includefile') ?? [])], directory, caller.uid),
	});
	const escape = parseEscapeKey(one('escape') ?? '^]');
	const [{planSandbox, startSandbox}, {runCommand}] = await Promise.all([import('../backend/sandbox.ts'), import('./run/virt-sandbox-run.ts')]);
	const options = {
		voice,
		caller,
		onBootLog: has('verbose') || has('debug') ? (text: string) => voice.notice('info', 'boot', text) : undefined,
		onXml: has('print-xml') ? (xml: string) => voice.document(xml) : undefined,
		size: spec.tty ? await firstSize() : undefined,
		accept: has('accept'),
		trace,
		keepalive: parseKeepalive(one('keepalive-interval'), one('keepalive-count')),
		readonly: has('readonly'),
	};
	if (has('dry-run')) {
		const plan = await planSandbox({...spec, uri: spec.uri ?? (await imaginedUri(options.caller, spec.backend))}, options);
		for (const {level, code, message} of plan.notices) {
			voice.notice(level, code, message);
		}
		return await print(json ? jsonLine({kind: 'document', format: 'xml', text: plan.xml}) : ended(plan.xml));
	}
	if (has('readonly')) {
		throw usageError('A read-only connection starts nothing', 'Leave --readonly out, or look only: --dry-run.');
	}
	if (spec.lifetime === 'keep') {
		const {keepCommand} = await import('./virt-sandbox-keep.ts');
		return keepCommand(
			{...spec, uri: spec.uri ?? (await defaultUri(caller, voice, {backend: spec.backend, signal: undefined}))},
			{options, keeper: keeperWords, json, signals: inbox, print},
		);
	}
	const running = one('exec');
	const {status, cut} = await runCommand(spec, {
		json,
		timing: has('timing'),
		isFurther: running !== undefined,
		escape,
		voice,
		signals: inbox,
		elapsed: () => process.uptime() * 1000,
		onTerminal(taken) {
			rawTerminal = taken && isatty(2);
		},
		start: async (wanted, given) => {
			if (running !== undefined) {
				given.onPlanned?.();
				const {joinRunning} = await import('./virt-sandbox-exec.ts');
				return joinRunning(running, wanted, {...options, ...given}, keeperWords);
			}
			const uri = wanted.uri ?? (await defaultUri(caller, voice, {backend: wanted.backend, signal: given.signal}));
			return startSandbox({...wanted, uri}, {...options, ...given});
		},
	});
	if (status === notFoundStatus && running === undefined) {
		const {describeHiddenDirectory} = await import('./hidden-directory.ts');
		const hidden = describeHiddenDirectory(spec, directory);
		if (hidden !== undefined) {
			voice.notice('error', 'hidden-directory', hidden.message, hidden.hint);
		}
	}
	// Whoever takes no output gets no last line of it either.
	if (!json || cut === 'reader') {
		return status;
	}
	inbox.listen((signal) => {
		if (signal !== 'SIGUSR1' && signal !== 'SIGUSR2') process.exit(128 + signalNumber(signal));
	});
	return await print(jsonLine({kind: 'exit', status}), status);
}

async function firstSize(): Promise<{rows: number; columns: number} | undefined> {
	const {terminalSize} = await import('./terminal/attach-terminal.ts');
	return terminalSize(process.stdout);
}

/** A command that cannot be begun in a sandbox that was to stay is no fault of ours. */
function statusOf(error: unknown): number {
	const code = error instanceof ShellError ? error.code : undefined;
	if (code === 'no-command') return notFoundStatus;
	return code === 'not-executable' ? notExecutableStatus : faultStatus;
}

/** Writes to standard output and answers with the status of that. */
async function print(text: string, status = 0): Promise<number> {
	const [{openOutputSink}, {describeSystemError}] = await Promise.all([import('./terminal/output-sink.ts'), import('./terminal/describe-system-error.ts')]);
	try {
		await openOutputSink(1).write(Buffer.from(text));
		return status;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EPIPE') {
			return 141;
		}
		throw new ShellError('failed', `cannot write standard output: ${describeSystemError(error)}`, {cause: error});
	}
}

function ended(text: string): string {
	return text.endsWith('\n') ? text : `${text}\n`;
}

const commandWords = readCommandWords(process.argv.slice(2));
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
	process.on(event, (error: unknown) => {
		openVoice(commandWords).fault(error);
		process.exit(faultStatus);
	});
}

watchLostEnd('virt-sandbox', faultStatus);
process.exit(await main(commandWords));
