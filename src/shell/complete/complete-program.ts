import type {Candidate} from '../../commands/completion.ts';
import {commonUris} from '../../spec/single-keys.ts';
import {shellFlagOf, shellFlags} from '../language/shell-options.ts';

/** The words after a program's options, and whether the last one is still an option or the value of one. */
type ProgramWords = {readonly kind: 'command'; readonly words: readonly string[]} | {readonly kind: 'candidates'; readonly candidates: readonly Candidate[]};

/** Takes the program's own options off the words of a command line that is being completed. */
export function completeProgramOptions(words: readonly string[]): ProgramWords {
	const last = words.at(-1) ?? '';
	let index = 0;
	for (; index < words.length - 1; index++) {
		const word = words[index] ?? '';
		if (word === '--') {
			return {kind: 'command', words: words.slice(index + 1)};
		}
		if (!word.startsWith('-')) {
			return {kind: 'command', words: words.slice(index)};
		}
		const valued = findValued(word);
		if (valued !== undefined && valued.attachedAt === undefined) {
			index++;
			if (index === words.length - 1) {
				return valuesOf(valued.name, '', last);
			}
		}
	}
	if (!last.startsWith('-')) {
		return {kind: 'command', words: words.slice(index)};
	}
	const valued = findValued(last);
	if (valued?.attachedAt !== undefined) {
		return valuesOf(valued.name, last.slice(0, valued.attachedAt), last);
	}
	const options = Object.entries(shellFlags).map(([name, {help}]) => ({text: `--${name}`, description: help}));
	return {kind: 'candidates', candidates: options.filter(({text}) => text.startsWith(last))};
}

/** The option of a word that takes a value, and where the value begins in the word; `attachedAt` undefined: it is the next word. */
function findValued(word: string): {readonly name: string; readonly attachedAt: number | undefined} | undefined {
	const takesValue = (name: string | undefined): name is string =>
		name !== undefined && Object.hasOwn(shellFlags, name) && shellFlags[name]?.placeholder !== undefined;
	if (word.startsWith('--')) {
		const equals = word.indexOf('=');
		const name = word.slice(2, equals === -1 ? undefined : equals);
		return takesValue(name) ? {name, attachedAt: equals === -1 ? undefined : equals + 1} : undefined;
	}
	for (let at = 1; at < word.length; at++) {
		const name = shellFlagOf(word[at] ?? '');
		if (takesValue(name)) return {name, attachedAt: at + 1 < word.length ? at + 1 : undefined};
	}
	return undefined;
}

/** Values of an option, behind what stands before them in the word. */
function valuesOf(name: string, before: string, word: string): ProgramWords {
	const values: Readonly<Record<string, readonly Candidate[]>> = {
		output: [
			{text: 'text', description: 'for people'},
			{text: 'json', description: 'one value a line'},
		],
		connect: commonUris.map((text) => ({text, description: 'libvirt connection'})),
	};
	const candidates = (values[name] ?? []).map((candidate) => ({...candidate, text: before + candidate.text}));
	return {kind: 'candidates', candidates: candidates.filter(({text}) => text.startsWith(word))};
}
