import {usageError} from '../core/errors.ts';
import {enumerateWords} from '../core/enumerate-words.ts';
import {didYouMean} from '../core/nearest-word.ts';
import {parseTruth} from '../spec/define-single-key.ts';
import type {Kind} from './command.ts';
import type {Candidate, CompletionContext} from './completion.ts';

/** Any word. */
export function text(placeholder: string, complete?: Kind<string>['complete']): Kind<string> {
	return {placeholder, parse: (word) => word, ...(complete === undefined ? {} : {complete})};
}

/** One of a few words, each with what it means. */
export function choice<const W extends string>(words: Readonly<Record<W, string>>): Kind<W> {
	const names = Object.keys(words) as W[];
	return {
		placeholder: names.join('|'),
		parse(word) {
			const found = names.find((name) => name === word);
			if (found === undefined) {
				throw usageError(`'${word}' is none of ${names.join(', ')}`, didYouMean(word, names) ?? `Write ${enumerateWords(names)}.`);
			}
			return found;
		},
		complete: () => names.map((name) => ({text: name, description: words[name]})),
	};
}

/** on, yes, true, off, no, false. */
export const boolean: Kind<boolean> = {
	placeholder: 'on|off',
	parse: (word) => parseTruth(word),
	complete: () => [
		{text: 'on', description: 'yes'},
		{text: 'off', description: 'no'},
	],
};

/** A whole number between two bounds. */
export function count(placeholder: string, least: number, most: number): Kind<number> {
	return {
		placeholder,
		parse(word) {
			const value = /^[0-9]+$/.test(word) ? Number(word) : Number.NaN;
			if (!(value >= least && value <= most)) {
				throw usageError(`'${word}' is not a whole number from ${least} to ${most}`, `Write a number from ${least} to ${most}.`);
			}
			return value;
		},
	};
}

/** Seconds, with a fraction if need be; gives milliseconds. */
export const seconds: Kind<number> = {
	placeholder: 'SECONDS',
	parse(word) {
		const value = /^[0-9]+(\.[0-9]+)?s?$/.test(word) ? Number.parseFloat(word) : Number.NaN;
		if (!(value >= 0 && value <= 31_536_000)) {
			throw usageError(`'${word}' is not a number of seconds`, 'Write 2, 0.5 or 90.');
		}
		return Math.round(value * 1000);
	},
};

/** A path; completes names of the host's files. */
export function path(placeholder = 'FILE'): Kind<string> {
	return {
		placeholder,
		parse(word) {
			if (word === '') {
				throw usageError('The path is empty');
			}
			return word;
		},
		complete: (prefix, context) => completePath(prefix, 0, context),
	};
}

/** Names of the host's files for a path that begins within a word. `goesOn`: something has to follow it. */
export async function completePath(word: string, start: number, context: CompletionContext, goesOn = false): Promise<Candidate[]> {
	const slash = Math.max(start, word.lastIndexOf('/') + 1);
	const names = await context.listDirectory(slash === start ? '.' : word.slice(start, slash));
	const hidden = word.charAt(slash) === '.';
	return names
		.filter((name) => hidden || !name.startsWith('.'))
		.map((name) => ({text: word.slice(0, slash) + name, description: '', partial: goesOn || name.endsWith('/')}));
}
