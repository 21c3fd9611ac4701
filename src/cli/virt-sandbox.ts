import {isatty} from 'node:tty';
import {ShellError, usageError} from '../core/errors.ts';
import {resolveConnect} from '../live/resolve-connect.ts';
import {asksForJson} from './asks-for-json.ts';
import {readCommandWords} from './command-words.ts';
import {faultStatus, notExecutableStatus, notFoundStatus} from './exit-status.ts';
import {has, valueOf, type Call, type Mode} from './modes/call.ts';
import {findOwnTask} from './own-task.ts';
import {openSignalInbox} from './terminal/signal-inbox.ts';
import {openWriter} from './terminal/write-now.ts';
import {makeCaller} from './surroundings.ts';
import type {OptionName} from './virt-sandbox-options.ts';
import {type CommandLine, parseCommandLine} from './virt-sandbox-parse.ts';
import {type ProgramVoice, createProgramVoice} from './run/virt-sandbox-voice.ts';
import {watchLostEnd} from './run/watch-lost-end.ts';

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
	const asks = (name: 'quiet' | 'verbose' | 'debug'): boolean => line?.options.has(name) === true;
	const json = line === undefined ? asksForJson(words) : line.options.get('output')?.[0] === 'json';
	return createProgramVoice({
		json,
		quiet: asks('quiet'),
		verbose: asks('verbose') || asks('debug'),
		debug: asks('debug'),
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
			return await say(helpText());
		}
		if (line.options.has('version')) {
			const {readProgramVersion} = await import('./program-version.ts');
			return await say(`virt-sandbox ${readProgramVersion()}\n`);
		}
		return await run(line, voice);
	} catch (error) {
		voice.fault(error);
		return statusOf(error);
	}
}

/** What a call does. The first mode that its options name is it. */
const modes = {
	clean: async (call) => (await import('./modes/clean.ts')).cleanUp(call),
	'dry-run': async (call) => (await import('./modes/dry-run.ts')).planCommand(call),
	keep: async (call) => (await import('./modes/keep.ts')).keepCommand(call),
	exec: async (call) => (await import('./modes/exec.ts')).execCommand(call),
} as const satisfies Readonly<Partial<Record<OptionName, Mode>>>;
const runMode: Mode = async (call) => (await import('./modes/run.ts')).runInSandbox(call);

async function run(line: CommandLine, voice: ProgramVoice): Promise<number> {
	const caller = makeCaller(umask);
	const call: Call = {
		line,
		caller,
		connect: await resolveConnect(valueOf({line}, 'connect'), caller),
		json: valueOf({line}, 'output') === 'json',
		voice,
		signals,
		trace: has({line}, 'debug') ? (text) => voice.trace(text) : undefined,
		onRaw: (isRaw) => (rawTerminal = isRaw),
	};
	const name = (Object.keys(modes) as Array<keyof typeof modes>).find((each) => line.options.has(each));
	if (has(call, 'readonly') && name !== 'dry-run') {
		throw usageError('A read-only connection starts nothing', 'Leave --readonly out, or look only: --dry-run.');
	}
	return (name === undefined ? runMode : modes[name])(call);
}

/** A command that cannot be begun in a sandbox that was to stay is no fault of ours. */
function statusOf(error: unknown): number {
	const code = error instanceof ShellError ? error.code : undefined;
	if (code === 'no-command') return notFoundStatus;
	return code === 'not-executable' ? notExecutableStatus : faultStatus;
}

async function say(text: string): Promise<number> {
	const {print} = await import('./modes/print.ts');
	return print(text);
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
