import {usageError} from '../core/errors.ts';
import {nearestWord} from '../core/nearest-word.ts';
import {splitOnce} from '../core/text.ts';
import {foreignOptions} from './foreign-options.ts';
import {type OptionRow, optionTable} from './virt-sandbox-options.ts';

/** The words of a command line, told apart but not yet understood. */
export interface CommandLine {
	/** Values in the order given; a switch has one empty value. */
	readonly options: ReadonlyMap<string, readonly string[]>;
	/** COMMAND and its arguments; empty where there is none. */
	readonly command: readonly string[];
}

/**
 * Splits the arguments into options and the command: options end at the first word that is none, or at `--`.
 * Throws a usage error for an unknown option, a missing value, one given twice or two that exclude each other.
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
	const options = new Map<string, string[]>();
	let index = 0;
	while (index < words.length) {
		const word = words[index] ?? '';
		if (word === '--') {
			index += 1;
			break;
		}
		if (!word.startsWith('-') || word === '-') break;
		index += 1;
		const takeNext = (): string | undefined => {
			const value = words[index];
			if (value !== undefined) index += 1;
			return value;
		};
		if (word.startsWith('--')) readLong(word, takeNext, options);
		else readShort(word, takeNext, options);
	}
	refuseContradictions(options);
	return {options, command: words.slice(index)};
}

function readLong(word: string, takeNext: () => string | undefined, options: Map<string, string[]>): void {
	const [name, attached] = splitOnce(word.slice(2), '=');
	const row = optionTable.find((candidate) => candidate.long === name);
	if (row === undefined) throw unknownOption(`--${name}`);
	if (row.value === undefined) {
		if (attached !== undefined) throw usageError(`Option --${name} takes no value`, `Write --${name} alone.`);
		add(options, row, '');
		return;
	}
	add(options, row, attached ?? takeNext() ?? missingValue(row, `--${name}`));
}

/** Short options may be bundled; the first that takes a value has the rest of the word, or the next word. */
function readShort(word: string, takeNext: () => string | undefined, options: Map<string, string[]>): void {
	// It would read as an include.
	if (word === '-it') throw unknownOption(word);
	for (let at = 1; at < word.length; at += 1) {
		const letter = String.fromCodePoint(word.codePointAt(at) ?? 0);
		const row = optionTable.find((candidate) => candidate.short === letter);
		if (row === undefined) throw unknownOption(word, letter);
		if (row.value === undefined) {
			add(options, row, '');
			continue;
		}
		const rest = word.slice(at + 1);
		add(options, row, rest === '' ? (takeNext() ?? missingValue(row, `-${letter}`)) : rest);
		return;
	}
}

function missingValue(row: OptionRow, written: string): never {
	throw usageError(`Option ${written} needs a value: ${row.value ?? ''}`, row.help);
}

function add(options: Map<string, string[]>, row: OptionRow, value: string): void {
	if (row.choices !== undefined && !row.choices.includes(value)) {
		throw usageError(`Option --${row.long} cannot be '${value}'`, `It is one of: ${row.choices.join(', ')}.`);
	}
	const before = options.get(row.long);
	if (before === undefined) options.set(row.long, [value]);
	else if (row.repeat) before.push(value);
	else if (row.value !== undefined) throw usageError(`Option --${row.long} is given twice: '${before[0] ?? ''}' and '${value}'`, 'Leave one of them out.');
}

function refuseContradictions(options: ReadonlyMap<string, readonly string[]>): void {
	for (const row of optionTable) {
		if (!options.has(row.long)) continue;
		const other = row.excludes?.find((name) => options.has(name));
		if (other !== undefined) throw usageError(`Options --${row.long} and --${other} exclude each other`, 'Leave one of them out.');
		const stranger =
			row.only === undefined ? undefined : optionTable.find(({long}) => long !== row.long && options.has(long) && row.only?.includes(long) !== true);
		if (stranger !== undefined && stranger.long !== 'help' && stranger.long !== 'version') {
			throw usageError(
				`Option --${stranger.long} has no meaning with --${row.long}`,
				`With --${row.long} go: ${(row.only ?? []).map((name) => `--${name}`).join(', ')}.`,
			);
		}
	}
}

function unknownOption(written: string, letter?: string): Error {
	const foreign = Object.hasOwn(foreignOptions, written) ? foreignOptions[written] : undefined;
	if (foreign !== undefined) return usageError(`Unknown option ${written}`, foreign);
	const near = nearestWord(
		written.replace(/^-+/, ''),
		optionTable.map((row) => row.long),
	);
	const help = 'virt-sandbox --help lists the options.';
	// Of a bundle, a mistyped long option (`-name`) is likelier than many wrong letters.
	if (letter !== undefined && near === undefined) {
		return usageError(`Unknown option -${letter}${written.length > 2 ? ` in ${written}` : ''}`, help);
	}
	return usageError(`Unknown option ${written}`, near === undefined ? help : `Did you mean --${near}?`);
}
