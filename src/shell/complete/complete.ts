import {optionName, type Command, type Param} from '../../commands/command.ts';
import type {Candidate, CompletionContext} from '../../commands/completion.ts';
import {boolean} from '../../commands/kinds.ts';
import {safeText} from '../../core/text.ts';
import {findOption, nextPositional, type Named} from '../language/parse-arguments.ts';
import {findCommand} from '../language/parse-script.ts';
import {readWords} from '../language/read-words.ts';
import {tokenise} from '../language/tokenise.ts';

/** What may stand at the cursor of a line. */
export interface Completion {
	/** Where the word that is completed begins in the line. */
	readonly start: number;
	/** The open quote the word stands in. */
	readonly quote: '"' | "'" | undefined;
	readonly candidates: readonly Candidate[];
}

/** Completes the end of a line (cut at the cursor). */
export async function completeLine(line: string, commands: readonly Command[], context: CompletionContext): Promise<Completion> {
	const {statements, end} = tokenise(line);
	if (end === 'comment') {
		return {start: line.length, quote: undefined, candidates: []};
	}
	const last = statements.at(-1);
	const open = last !== undefined && last.end === line.length && end !== 'blank' ? last.words.at(-1) : undefined;
	const tail = line.slice(last?.end ?? 0);
	const fresh = last === undefined || /[;\n]/.test(tail) || last.background;
	const words = fresh ? [] : last.words.slice(0, open === undefined ? undefined : -1).map((word) => word.text);
	const offered = await completeWords([...words, open?.text ?? ''], commands, context);
	// A name may be a guest's. A terminal would take a line feed in it for Enter, and obey what else is in it.
	const candidates = offered.filter(({text}) => safeText(text) === text);
	return {start: open?.start ?? line.length, quote: end === 'single' ? "'" : end === 'double' ? '"' : undefined, candidates};
}

/** Completes the last of the words of one command. */
export async function completeWords(words: readonly string[], commands: readonly Command[], context: CompletionContext): Promise<readonly Candidate[]> {
	const prefix = words.at(-1) ?? '';
	const [name, ...before] = words.slice(0, -1);
	if (name === undefined) {
		return matching(prefix, commandCandidates(commands));
	}
	const command = findCommand(name, commands);
	return command === undefined ? [] : completeArgument(command, before, prefix, context);
}

function commandCandidates(commands: readonly Command[]): Candidate[] {
	return commands
		.filter((command) => command.hidden !== true)
		.flatMap((command) => [
			{text: command.name, description: command.summary},
			...(command.aliases ?? []).map((alias) => ({text: alias, description: `${command.summary} (${command.name})`})),
		]);
}

async function completeArgument(command: Command, words: readonly string[], prefix: string, context: CompletionContext): Promise<readonly Candidate[]> {
	const params: readonly Named[] = Object.entries(command.params);
	const {given, values, pending, onlyWords} = readWords(params, words);
	const own = {...context, words: values};
	if (pending !== undefined) {
		return valueCandidates(pending[1], prefix, own);
	}
	if (!onlyWords && prefix.startsWith('--')) {
		const equals = prefix.indexOf('=');
		const named = equals === -1 ? undefined : findOption(prefix.slice(0, equals), params);
		if (named !== undefined) {
			const found = await valueCandidates(named[1], prefix.slice(equals + 1), own);
			return found.map((candidate) => ({...candidate, text: prefix.slice(0, equals + 1) + candidate.text}));
		}
	}
	if (!onlyWords && prefix.startsWith('-')) {
		return matching(
			prefix,
			params
				.filter(
					([key, param]) =>
						(param.role === 'option' || param.role === 'flag' || param.role === 'repeated') && (!given.has(key) || param.role === 'repeated'),
				)
				.map(([key, param]) => ({text: `--${optionName(key)}`, description: param.help})),
		);
	}
	const next = nextPositional(params, given, onlyWords);
	return next === undefined ? [] : valueCandidates(next[1], prefix, own);
}

async function valueCandidates(param: Param<unknown>, prefix: string, context: CompletionContext): Promise<readonly Candidate[]> {
	try {
		return matching(prefix, (await (param.kind ?? boolean).complete?.(prefix, context)) ?? []);
	} catch {
		// Completion never fails: what cannot be found out is not offered.
		return [];
	}
}

function matching(prefix: string, candidates: Iterable<Candidate>): readonly Candidate[] {
	const seen = new Set<string>();
	return [...candidates].filter(({text}) => {
		const fresh = text.startsWith(prefix) && !seen.has(text);
		seen.add(text);
		return fresh;
	});
}
