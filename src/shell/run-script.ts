import type {CommandContext} from '../commands/context.ts';
import {Bug} from '../core/bug.ts';
import {clockMs} from '../core/clock-ms.ts';
import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';
import {exitStatusOf} from './exit-status.ts';
import {describePlace} from './language/line-error.ts';
import type {ParsedCommand} from './language/parse-script.ts';

/** Standard output or standard error does not take what is written: the session ends. `cause` is the system's error. */
export class OutputFailure extends Error {}

/** Where results go: a renderer. */
export interface Sink {
	write(output: Output): Promise<void> | void;
	error(error: unknown): Promise<void> | void;
	/** After each command, with `--timing`. */
	timing?(elapsedMs: number): Promise<void> | void;
}

export interface RunOptions {
	readonly keepGoing: boolean;
	readonly timing: boolean;
	readonly sink: Sink;
	/** Whether `quit` was typed. */
	readonly ended: () => boolean;
	/** Writes down a fault of our own; gives the place of the report, undefined where it could not be written. */
	readonly report?: ((error: unknown, command: string) => string | undefined) | undefined;
	contextFor(command: ParsedCommand): CommandContext;
}

/** Runs commands one after another; gives the exit status: that of the first failure, else 0. */
export async function runCommands(commands: readonly ParsedCommand[], options: RunOptions): Promise<number> {
	let status = 0;
	for (const command of commands) {
		const own = await runCommand(command, options);
		status ||= own;
		if ((own !== 0 && !options.keepGoing) || own === 130 || options.ended()) {
			break;
		}
	}
	return status;
}

/** Runs one command, writes what it yields, and gives its status: 0, that of a guest's command, or that of its failure. */
async function runCommand(parsed: ParsedCommand, options: RunOptions): Promise<number> {
	const started = clockMs();
	let status = 0;
	try {
		const context = options.contextFor(parsed);
		context.signal.throwIfAborted();
		for await (const output of parsed.command.run(parsed.args, context)) {
			if (output.kind === 'exit') {
				status = output.status;
			}
			await options.sink.write(output);
		}
	} catch (error) {
		if (error instanceof OutputFailure) {
			throw error;
		}
		const failure = told(placed(error, parsed), parsed, options);
		status = exitStatusOf(failure, parsed.command.relaysStatus);
		await options.sink.error(failure);
	}
	if (options.timing) {
		await options.sink.timing?.(clockMs() - started);
	}
	return status;
}

/** What is no ShellError is a fault of our own: it is written down. */
function told(error: unknown, {command}: ParsedCommand, {report}: RunOptions): unknown {
	return error instanceof ShellError ? error : new Bug(error, report?.(error, command.name));
}

/** In a script file a failure says where it stands. */
export function placed(error: unknown, parsed: ParsedCommand): unknown {
	const failure = error instanceof Error && error.name === 'AbortError' ? new ShellError('interrupted', 'Interrupted', {cause: error}) : error;
	if (parsed.source.name === undefined || !(failure instanceof ShellError) || failure.code === 'interrupted') {
		return failure;
	}
	return new ShellError(failure.code, `${describePlace(parsed.source, parsed.offset)}: ${failure.message}`, {hint: failure.hint, cause: failure.cause});
}
