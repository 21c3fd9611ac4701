import {optionName, WrongArgument, type Command, type Param} from '../../commands/command.ts';
import {boolean} from '../../commands/kinds.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {ShellError} from '../../core/errors.ts';
import {strangeOptions} from '../foreign-words.ts';
import {lineError, type Source} from './line-error.ts';
import type {Word} from './tokenise.ts';

/** A parameter with its key. */
export type Named = readonly [key: string, param: Param<unknown>];

/** A value with the word it came from. */
interface Given {
	readonly value: unknown;
	readonly at: number;
}

/**
 * Reads the words after a command's name: options before or after positionals, `--opt value`, `--opt=value`, `-o value`,
 * every positional by its name too, as virsh, but the words of a command; after `--` only words. `help`: that is asked for.
 */
export function parseArguments(command: Command, words: readonly Word[], end: number, source: Source): Readonly<Record<string, unknown>> | 'help' {
	const params: readonly Named[] = Object.entries(command.params);
	const given = new Map<string, Given[]>();
	const fail = (at: number, message: string, hint?: string) => lineError(source, at, message, hint ?? `Usage: ${synopsis(command)}`);
	const take = (key: string, param: Param<unknown>, text: string, at: number) => {
		const before = given.get(key) ?? [];
		if (before.length > 0 && param.role !== 'rest' && param.role !== 'repeated') {
			throw fail(at, `Option --${optionName(key)} is given twice`, 'Once is enough.');
		}
		given.set(key, [...before, {value: readValue(param, text, at, source), at}]);
	};

	let onlyWords = false;
	for (let index = 0; index < words.length; index++) {
		const word = words[index];
		if (word === undefined) {
			break;
		}
		if (!onlyWords && !word.quoted && word.text === '--') {
			onlyWords = true;
			continue;
		}
		if (!onlyWords && isOption(word)) {
			const equals = word.text.startsWith('--') ? word.text.indexOf('=') : -1;
			const name = equals === -1 ? word.text : word.text.slice(0, equals);
			const named = findOption(name, params);
			if (named === undefined && name === '--help') {
				return 'help';
			}
			if (named === undefined) {
				throw fail(
					word.start,
					`Command '${command.name}' has no option ${name}`,
					strangeOptions[`${command.name} ${name}`] ?? didYouMean(name, optionWords(params)) ?? dashesHint(command, given),
				);
			}
			const [key, param] = named;
			if (param.role === 'flag') {
				take(key, param, equals === -1 ? 'on' : word.text.slice(equals + 1), word.start);
				continue;
			}
			if (equals !== -1) {
				take(key, param, word.text.slice(equals + 1), word.start + equals + 1);
				continue;
			}
			const value = words[++index];
			if (value === undefined) {
				throw fail(word.end, `Option ${name} needs a value`, `Write ${name} ${param.kind?.placeholder ?? 'VALUE'}.`);
			}
			take(key, param, value.text, value.start);
			continue;
		}
		const next = nextPositional(params, given, onlyWords);
		if (next === undefined) {
			throw fail(word.start, `Unexpected word '${word.text}'`, command.relaysStatus === true ? dashesHint(command, given) : undefined);
		}
		const [key, param] = next;
		take(key, param, word.text, word.start);
		onlyWords ||= startsRawWords(params, given, param);
	}

	for (const [key, param] of params) {
		const count = given.get(key)?.length ?? 0;
		const least = param.role === 'required' ? 1 : param.role === 'rest' ? param.least : 0;
		if (count < least) {
			throw fail(end, `Command '${command.name}' needs ${param.kind?.placeholder ?? key}: ${param.help}`);
		}
	}
	const args = Object.fromEntries(params.map(([key, param]) => [key, collect(param, given.get(key) ?? [])]));
	checkTogether(command, args, given, end, source);
	return args;
}

function checkTogether(
	command: Command,
	args: Readonly<Record<string, unknown>>,
	given: ReadonlyMap<string, readonly Given[]>,
	end: number,
	source: Source,
): void {
	try {
		command.check?.(args);
	} catch (error) {
		if (error instanceof WrongArgument) {
			const at = given.get(error.param)?.[error.index]?.at ?? end;
			throw lineError(source, at, error.message, error.hint ?? `Usage: ${synopsis(command)}`);
		}
		if (error instanceof ShellError && error.code === 'usage') {
			throw lineError(source, end, error.message, error.hint);
		}
		throw error;
	}
}

function collect(param: Param<unknown>, given: readonly Given[]): unknown {
	switch (param.role) {
		case 'rest':
		case 'repeated':
			return given.map((each) => each.value);
		case 'flag':
			return given[0]?.value ?? false;
		case 'required':
		case 'optional':
		case 'option':
			return given[0]?.value;
	}
}

function readValue(param: Param<unknown>, text: string, at: number, source: Source): unknown {
	try {
		return (param.kind ?? boolean).parse(text);
	} catch (error) {
		if (error instanceof ShellError && error.code === 'usage') {
			throw lineError(source, at, error.message, error.hint);
		}
		throw error;
	}
}

/** Whoever wrote a word that may begin the sandbox's command may have meant the rest as its words. */
function dashesHint(command: Command, given: ReadonlyMap<string, unknown>): string | undefined {
	const takesCommand = Object.values(command.params).some(({role, raw}) => role === 'rest' && raw === 'dashes');
	return takesCommand && given.size > 0 ? `Put -- before the words of a command. Usage: ${synopsis(command)}` : undefined;
}

function isOption(word: Word): boolean {
	return !word.quoted && /^-(-|[A-Za-z]$)/.test(word.text);
}

/** The words of a command have no name: it would take one of them alone. */
export function findOption(name: string, params: readonly Named[]): Named | undefined {
	return params.find(([key, param]) => {
		if (param.role === 'rest' && param.raw !== false) {
			return false;
		}
		if (!name.startsWith('--')) {
			return param.short === name.slice(1);
		}
		const long = name.slice(2);
		return optionName(key) === long || param.aliases.includes(long);
	});
}

function optionWords(params: readonly Named[]): readonly string[] {
	return params.map(([key]) => `--${optionName(key)}`).filter((word) => findOption(word, params) !== undefined);
}

/** The parameter that the next word without a dash fills. */
export function nextPositional(params: readonly Named[], given: ReadonlyMap<string, unknown>, afterDashes: boolean): Named | undefined {
	return params.find(([key, param]) => {
		if (param.role === 'rest') {
			return param.raw !== 'dashes' || afterDashes;
		}
		if (afterDashes && params.some(([, other]) => other.role === 'rest' && other.raw === 'dashes')) {
			return false;
		}
		return (param.role === 'required' || param.role === 'optional') && !given.has(key);
	});
}

/** Whether from here on nothing is an option: raw words have begun, or nothing but them can follow. */
export function startsRawWords(params: readonly Named[], given: ReadonlyMap<string, unknown>, filled: Param<unknown>): boolean {
	if (filled.role === 'rest') {
		return filled.raw === true;
	}
	const next = nextPositional(params, given, false)?.[1];
	return next?.role === 'rest' && next.raw === true && params.every(([, param]) => param.role === 'required' || param.role === 'rest');
}

/** `exec NAME [--tty] [--] WORD...` */
export function synopsis(command: Command): string {
	const parts = Object.entries(command.params).map(([key, param]) => {
		const placeholder = param.kind?.placeholder ?? '';
		switch (param.role) {
			case 'required':
				return placeholder;
			case 'optional':
				return `[${placeholder}]`;
			case 'rest': {
				const words = param.raw === 'dashes' ? `-- ${placeholder}...` : `${placeholder}...`;
				return param.least > 0 ? words : `[${words}]`;
			}
			case 'option':
				return `[--${optionName(key)} ${placeholder}]`;
			case 'repeated':
				return `[--${optionName(key)} ${placeholder}]...`;
			case 'flag':
				return `[--${optionName(key)}]`;
		}
	});
	return [command.name, ...parts].join(' ');
}
