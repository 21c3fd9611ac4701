import type {Candidate} from '../commands/completion.ts';
import {shellFlags} from './shell-options.ts';

/** The words after a program's options, and whether the last one is still an option or the value of one. */
export type ProgramWords =
	| {readonly kind: 'command'; readonly words: readonly string[]}
	| {readonly kind: 'candidates'; readonly candidates: readonly Candidate[]};

/** Takes the program's own options off the words of a command line that is being completed. */
export function completeProgramOptions(words: readonly string[]): ProgramWords {
	let index = 0;
	for (; index < words.length - 1; index++) {
		const word = words[index] ?? '';
		if (word === '--') {
			index++;
			break;
		}
		if (!word.startsWith('-')) {
			break;
		}
		const name = Object.keys(shellFlags).find((key) => word === `--${key}` || word === `-${shellFlags[key]?.short ?? '-'}`);
		if (name !== undefined && shellFlags[name]?.placeholder !== undefined) {
			index++;
			if (index === words.length - 1) {
				return {kind: 'candidates', candidates: valuesOf(name)};
			}
		}
	}
	const last = words.at(-1) ?? '';
	if (index >= words.length - 1 && last.startsWith('-')) {
		return {
			kind: 'candidates',
			candidates: Object.entries(shellFlags)
				.map(([name, {help}]) => ({text: `--${name}`, description: help}))
				.filter(({text}) => text.startsWith(last)),
		};
	}
	return {kind: 'command', words: words.slice(index)};
}

function valuesOf(name: string): readonly Candidate[] {
	return name === 'output'
		? [
				{text: 'text', description: 'for people'},
				{text: 'json', description: 'one value a line'},
			]
		: [];
}
