import type {Command} from '../commands/command.ts';
import type {CompletionContext} from '../commands/completion.ts';
import type {CommandContext, Host, Language} from '../commands/context.ts';
import type {Sandboxes} from '../commands/sandboxes.ts';
import type {Session} from '../commands/session.ts';
import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';
import {createLanguage, decodeScript} from './language.ts';
import {lineError, type Source} from './line-error.ts';
import {parseScript, type ParsedCommand} from './parse-script.ts';
import {runCommands, type RunOptions, type Sink} from './run-script.ts';
import {systemReason} from '../commands/system-error.ts';

export interface ShellParts {
	readonly commands: readonly Command[];
	readonly session: Session;
	readonly host: Host;
	readonly sandboxes: Sandboxes;
	readonly sink: Sink;
	readonly keepGoing: boolean;
	readonly timing: boolean;
	readonly yes: boolean;
	readonly output: 'text' | 'json';
	/** Whether `quit` was typed. */
	readonly ended: () => boolean;
}

/** A session of the language: reads and runs lines. One for batch, line mode, screen and tests. */
export interface Shell {
	readonly language: Language;
	completion(): CompletionContext;
	/** Reads a text as commands; throws a usage error with its place. Scripts that it sources are read too. */
	parse(source: Source): Promise<readonly ParsedCommand[]>;
	/** Runs commands; gives the status of the first failure, else 0. */
	run(commands: readonly ParsedCommand[], signal: AbortSignal): Promise<number>;
}

export function createShell(parts: ShellParts): Shell {
	const {commands, session, host, sandboxes} = parts;
	const language = createLanguage({commands, completion, source: (path) => runSourced(path)});
	// Scripts that run now: one that sources itself would never end.
	const running: string[] = [];
	let signalNow: AbortSignal = new AbortController().signal;

	function completion(): CompletionContext {
		return {
			session,
			words: [],
			spec: session.current?.spec,
			domains: async (all) => sandboxes.list({all, uri: session.uri, signal: AbortSignal.timeout(1000)}),
			profiles: async () => {
				const {listProfiles} = await import('../commands/profile-store.ts');
				return listProfiles(host);
			},
			listDirectory: (path) => host.listDirectory(path),
			commands,
		};
	}

	async function readSource(path: string): Promise<Source> {
		try {
			return {text: decodeScript(await host.readFile(path), `'${path}'`), name: path};
		} catch (error) {
			if (error instanceof ShellError) {
				throw error;
			}
			throw new ShellError('not-found', `Cannot read the script '${path}': ${systemReason(error)}`, {cause: error});
		}
	}

	async function parse(source: Source, stack: readonly string[] = source.name === undefined ? [] : [source.name]): Promise<readonly ParsedCommand[]> {
		const parsed = parseScript(source, {commands, interactive: host.interactive && source.name === undefined});
		for (const [index, command] of parsed.entries()) {
			const path = command.command.name === 'source' ? command.args['file'] : undefined;
			// After cd the path would be another one.
			if (typeof path !== 'string' || parsed.slice(0, index).some((each) => each.command.name === 'cd')) {
				continue;
			}
			if ([...stack, ...running].includes(path)) {
				throw lineError(source, command.offset, `The script '${path}' sources itself`, 'It would never end.');
			}
			// What is not there yet may be there when its line runs.
			const inner = await readSource(path).catch((error: unknown) => {
				if (error instanceof ShellError && error.code === 'usage') {
					throw error;
				}
				return undefined;
			});
			if (inner !== undefined) {
				await parse(inner, [...stack, path]);
			}
		}
		return parsed;
	}

	async function* runSourced(path: string): AsyncIterable<Output> {
		if (running.includes(path)) {
			throw new ShellError('usage', `The script '${path}' sources itself`, {hint: 'It would never end.'});
		}
		const parsed = await parse(await readSource(path));
		running.push(path);
		try {
			for (const command of parsed) {
				if (parts.ended()) {
					break;
				}
				yield* command.command.run(command.args, contextFor(command));
			}
		} finally {
			running.pop();
		}
	}

	function contextFor(command: ParsedCommand): CommandContext {
		return {session, host, language, sandboxes, signal: signalNow, line: command.line, yes: parts.yes, output: parts.output};
	}

	return {
		language,
		completion,
		parse: (source) => parse(source),
		async run(parsed, signal) {
			signalNow = signal;
			const script = parsed[0]?.source.name;
			const options: RunOptions = {keepGoing: parts.keepGoing, timing: parts.timing, sink: parts.sink, ended: parts.ended, contextFor};
			if (script !== undefined) {
				running.push(script);
			}
			try {
				return await runCommands(parsed, options);
			} finally {
				if (script !== undefined) {
					running.pop();
				}
			}
		},
	};
}
