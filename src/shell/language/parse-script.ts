import type {Command} from '../../commands/command.ts';
import {help} from '../../commands/language.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {ShellError} from '../../core/errors.ts';
import {foreignWords} from '../foreign-words.ts';
import {lineError, type Source} from './line-error.ts';
import {parseArguments} from './parse-arguments.ts';
import {tokenise, type Problem, type Statement} from './tokenise.ts';

/** A command with its arguments, ready to run. */
export interface ParsedCommand {
	readonly command: Command;
	readonly args: Readonly<Record<string, unknown>>;
	/** As it was typed. */
	readonly line: string;
	readonly background: boolean;
	readonly source: Source;
	readonly offset: number;
}

interface ParseOptions {
	readonly commands: readonly Command[];
	/** A trailing `&` is allowed. */
	readonly interactive: boolean;
}

/** Reads a whole script; throws a usage error with its place at the first fault, so that nothing of it has run by then. */
export function parseScript(source: Source, options: ParseOptions): readonly ParsedCommand[] {
	const {statements, problem} = tokenise(source.text);
	const parsed: ParsedCommand[] = [];
	try {
		for (const statement of statements) {
			if (problem !== undefined && problem.start < statement.end) {
				break;
			}
			parsed.push(parseStatement(statement, source, options));
		}
		if (problem !== undefined) {
			throw problemError(problem, source);
		}
	} catch (error) {
		throw options.interactive && source.name === undefined && parsed.length > 0 ? notBegun(error) : error;
	}
	return parsed;
}

/** Who types takes what stands before a fault for done. */
function notBegun(error: unknown): unknown {
	if (!(error instanceof ShellError)) return error;
	const said = error.hint === undefined ? '' : `${error.hint.replace(/[^.?!]$/, '$&.')} `;
	return new ShellError(error.code, error.message, {hint: `${said}Nothing of the line has run.`, cause: error.cause});
}

/** Reads the words that another shell has split already as one command. */
export function parseWords(words: readonly string[], options: ParseOptions): ParsedCommand {
	let text = '';
	const placed = words.map((word) => {
		const start = text.length;
		text += `${word} `;
		return {text: word, start, end: start + word.length, quoted: false};
	});
	const source: Source = {text: text.trimEnd(), name: undefined, words: true};
	return parseStatement({words: placed, start: 0, end: text.length - 1, background: false}, source, options);
}

function parseStatement(statement: Statement, source: Source, options: ParseOptions): ParsedCommand {
	const [first, ...words] = statement.words;
	if (first === undefined) {
		throw lineError(source, statement.start, 'A command is missing');
	}
	const command = findCommand(first.text, options.commands);
	if (command === undefined) {
		const names = options.commands.filter((each) => each.hidden !== true).flatMap((each) => [each.name, ...(each.aliases ?? [])]);
		const stranger = Object.hasOwn(foreignWords, first.text) ? foreignWords[first.text] : undefined;
		const hint = stranger ?? didYouMean(first.text, names) ?? "'help' lists the commands.";
		throw lineError(source, first.start, `Unknown command '${first.text}'`, hint);
	}
	if (statement.background && !options.interactive) {
		throw lineError(source, statement.end, "'&' works in the interactive session only", "'start' returns while the sandbox runs.");
	}
	const args = parseArguments(command, words, statement.end, source);
	return {
		...(args === 'help' ? {command: help, args: {topic: command.name}} : {command, args}),
		line: source.text.slice(statement.start, statement.end),
		background: statement.background,
		source,
		offset: statement.start,
	};
}

export function findCommand(name: string, commands: readonly Command[]): Command | undefined {
	return commands.find((command) => command.name === name) ?? commands.find((command) => command.aliases?.includes(name) === true);
}

/** What to say about text that does not split into words. */
function problemError(problem: Problem, source: Source): ShellError {
	switch (problem.kind) {
		case 'unclosed':
			return lineError(source, problem.start, `Missing ${problem.quote}`, 'The quote that opens here is never closed.');
		case 'dangling':
			return lineError(source, problem.start, 'Dangling \\', 'Nothing follows the backslash; write \\\\ for a backslash.');
		case 'reserved':
			return lineError(source, problem.start, `Unquoted '${problem.text}' is reserved`, reservedHint(problem.text));
	}
}

function reservedHint(text: string): string {
	const quote = `To give it to a command, quote it: '${text}'.`;
	if (/^[<>]/.test(text)) {
		return `${quote} A shell in the sandbox redirects: sh -c 'ls >/tmp/list'.`;
	}
	return text === '&&' ? `A script stops at the first failure anyway: write ;. ${quote}` : quote;
}
