import {usageError} from '../../core/errors.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {partNames, type Look, type ThemeChanges} from './theme.ts';

const colours = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
/** What switches each on and off. */
const looks: ReadonlyMap<string, readonly [on: number, off: number]> = new Map<string, readonly [number, number]>([
	['bold', [1, 22]],
	['dim', [2, 22]],
	['italic', [3, 23]],
	['underline', [4, 24]],
	['reverse', [7, 27]],
	...colours.map((name, index) => [name, [30 + index, 39]] as const),
	...colours.map((name, index) => [`bright-${name}`, [90 + index, 39]] as const),
]);

/** Reads `{"prompt": "bright-green bold"}`; throws a usage error for parts and looks that there are not. */
export function readThemeChanges(value: unknown, what: string): ThemeChanges {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw usageError(`'theme' of ${what} is not an object`, 'Write {"theme": {"prompt": "green bold"}}.');
	}
	const entries = Object.entries(value).map(([name, words]: [string, unknown]) => {
		const part = partNames.find((each) => each === name);
		if (part === undefined) {
			throw usageError(`'${name}' in 'theme' of ${what} is not a part of the screen`, nearest(name, partNames));
		}
		if (typeof words !== 'string') {
			throw usageError(`'${name}' in 'theme' of ${what} is not the name of a colour`, nearest('', [...looks.keys()]));
		}
		return [part, readLook(words, what)] as const;
	});
	return Object.fromEntries(entries);
}

function readLook(words: string, what: string): Look {
	const codes = words
		.split(' ')
		.filter((word) => word !== '')
		.map((word) => {
			const look = looks.get(word);
			if (look === undefined) {
				throw usageError(`'${word}' in 'theme' of ${what} is no colour`, nearest(word, [...looks.keys()]));
			}
			return look;
		});
	return {on: codes.map(([on]) => on).join(';'), off: codes.map(([, off]) => off).join(';')};
}

function nearest(word: string, known: readonly string[]): string {
	return didYouMean(word, known) ?? `There are ${known.join(', ')}.`;
}
