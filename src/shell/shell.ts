import type {Writable} from 'node:stream';
import type {Command} from '../commands/command.ts';
import type {CompletionContext} from '../commands/completion.ts';
import type {CommandContext, Host, Language} from '../commands/context.ts';
import type {Sandboxes} from '../commands/sandboxes.ts';
import type {Session} from '../commands/session.ts';
import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';
import {systemReason} from '../core/system-reason.ts';
import type {History} from './history.ts';
import {createLanguage, decodeScript} from './language/language.ts';
import {lineError, type Source} from './language/line-error.ts';
import {parseScript, type ParsedCommand} from './language/parse-script.ts';
import {placed, runCommands, type RunOptions} from './run-script.ts';

interface ShellParts extends Omit<RunOptions, 'contextFor'> {
	readonly commands: readonly Command[];
	/** Those that only a screen has, where there is none: help tells of them. */
	readonly onScreen?: (() => Promise<readonly Command[]>) | undefined;
	readonly session: Session;
	readonly host: Host;
	readonly sandboxes: Sandboxes;
	/** Makes terminals for commands beside the prompt. */
	readonly paneFor?: Host['paneFor'];
	readonly yes: boolean;
	readonly output: 'text' | 'json';
}

/** What an interactive session goes by, on a screen or a line at a time. */
export interface Interaction {
	readonly shell: Shell;
	readonly session: Session;
	readonly commands: readonly Command[];
	readonly history: History;
	/** `quit` was typed. */
	readonly ended: () => boolean;
	/** The end of input was typed; false: stay. */
	readonly mayEnd: () => Promise<boolean>;
	/** After each command. */
	readonly onCommand: () => Promise<void>;
	/** Ends the session: SIGTERM, SIGHUP, SIGQUIT. */
	readonly signal: AbortSignal;
}

/** Scripts as they were read, by directory and path. */
type Scripts = Map<string, Source>;

/** What belongs to one run: several go on at once where some are in the background. */
interface Run {
	readonly signal: AbortSignal;
	/** The scripts that run now, outermost first: one that sources itself would never end. */
	readonly scripts: readonly string[];
	readonly known: Scripts;
	readonly host: Host;
}

/** A session of the language: reads and runs lines. One for batch, line mode, screen and tests. */
export interface Shell {
	readonly language: Language;
	completion(): CompletionContext;
	/** Reads a text as commands; throws a usage error with its place. Scripts that it sources are read too. */
	parse(source: Source): Promise<readonly ParsedCommand[]>;
	/** The same of what was typed; undefined: it is wrong, and that has been told. */
	parseTyped(text: string): Promise<readonly ParsedCommand[] | undefined>;
	/** Runs commands; gives the status of the first failure, else 0. Those beside the prompt have empty input and no terminal. */
	run(commands: readonly ParsedCommand[], signal: AbortSignal, place?: 'front' | 'beside'): Promise<number>;
}

export function createShell(parts: ShellParts): Shell {
	const {commands, onScreen, session, host, sandboxes} = parts;
	const language = createLanguage({
		commands,
		onScreen,
		completion,
		source: (path) => runSourced(path, {signal: new AbortController().signal, scripts: [], known: new Map(), host}),
	});
	// The prompt has both, and keeps them.
	const hostBeside: Host = {...host, terminal: undefined, paneFor: parts.paneFor, feed: endInput};
	// What scripts held when the lines that source them were read: what was checked is what runs, and a pipe can be read once.
	const scriptsOf = new WeakMap<ParsedCommand, Scripts>();

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

	async function readSource(path: string, known: Scripts): Promise<Source> {
		// After cd a path may be another file's.
		const key = `${host.directory()}\n${path}`;
		const read = known.get(key);
		if (read !== undefined) {
			return read;
		}
		try {
			const source = {text: decodeScript(await host.readFile(path), `'${path}'`), name: path};
			known.set(key, source);
			return source;
		} catch (error) {
			if (error instanceof ShellError) {
				throw error;
			}
			throw new ShellError('not-found', `Cannot read the script '${path}': ${systemReason(error)}`, {cause: error});
		}
	}

	/** `checked`: scripts that were read already on the way, without a fault. */
	async function parse(
		source: Source,
		known: Scripts,
		stack: readonly string[] = source.name === undefined ? [] : [source.name],
		checked = new Set<string>(),
	): Promise<readonly ParsedCommand[]> {
		const parsed = parseScript(source, {commands, interactive: host.interactive && source.name === undefined});
		for (const [index, command] of parsed.entries()) {
			const path = command.command.name === 'source' ? command.args['file'] : undefined;
			// After cd the path would be another one.
			if (typeof path !== 'string' || parsed.slice(0, index).some((each) => each.command.name === 'cd')) {
				continue;
			}
			if (stack.includes(path)) {
				throw lineError(source, command.offset, `The script '${path}' sources itself`, 'It would never end.');
			}
			if (checked.has(path)) {
				continue;
			}
			// What is not there yet may be there when its line runs.
			const inner = await readSource(path, known).catch((error: unknown) => {
				if (error instanceof ShellError && error.code === 'usage') {
					throw error;
				}
				return undefined;
			});
			if (inner !== undefined) {
				await parse(inner, known, [...stack, path], checked);
			}
			checked.add(path);
		}
		return parsed;
	}

	async function* runSourced(path: string, {scripts, ...run}: Run): AsyncIterable<Output> {
		if (scripts.includes(path)) {
			throw new ShellError('usage', `The script '${path}' sources itself`, {hint: 'It would never end.'});
		}
		const inner = {...run, scripts: [...scripts, path]};
		const parsed = await parse(await readSource(path, run.known), run.known, inner.scripts);
		for (const command of parsed) {
			if (parts.ended()) {
				break;
			}
			try {
				yield* command.command.run(command.args, contextFor(command, inner));
			} catch (error) {
				throw placed(error, command);
			}
		}
	}

	function contextFor(command: ParsedCommand, own: Run): CommandContext {
		const {yes, output} = parts;
		const speaking = {...language, source: (path: string) => runSourced(path, own)};
		return {session, host: own.host, language: speaking, sandboxes, signal: own.signal, line: command.line, yes, output};
	}

	async function parseWhole(source: Source): Promise<readonly ParsedCommand[]> {
		const known: Scripts = new Map();
		const parsed = await parse(source, known);
		for (const command of parsed) scriptsOf.set(command, known);
		return parsed;
	}

	return {
		language,
		completion,
		parse: parseWhole,
		async parseTyped(text) {
			try {
				return await parseWhole({text, name: undefined});
			} catch (error) {
				await parts.sink.error(error);
				return undefined;
			}
		},
		run(parsed, signal, place = 'front') {
			const [first] = parsed;
			const script = first?.source.name;
			const known = (first === undefined ? undefined : scriptsOf.get(first)) ?? new Map<string, Source>();
			const own: Run = {signal, known, scripts: script === undefined ? [] : [script], host: place === 'beside' ? hostBeside : host};
			return runCommands(parsed, {...parts, contextFor: (command) => contextFor(command, own)});
		},
	};
}

/** Input that is at its end from the start. */
export function endInput(stdin: Writable): {stop(): void} {
	stdin.end();
	return {stop() {}};
}
