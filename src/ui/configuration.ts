import {usageError} from '../core/errors.ts';
import {didYouMean} from '../core/nearest-word.ts';
import type {ThemeChanges} from './draw/theme.ts';
import {readThemeChanges} from './draw/theme-changes.ts';
import {readKeyChanges, type KeyChanges} from './keys/key-table.ts';

/** What a person's configuration says of the screen. */
interface Configuration {
	readonly keys: KeyChanges;
	/** The wheel scrolls, a click gives the keys to a pane; false: the mouse is the terminal's. */
	readonly mouse: boolean;
	readonly theme: ThemeChanges;
}

export const usualConfiguration: Configuration = {keys: {}, mouse: true, theme: {}};

const entryNames = Object.keys(usualConfiguration);

/** Reads what a configuration file has; throws a usage error for what it cannot mean, with the nearest that it can. */
export function readConfiguration(value: unknown, file: string): Configuration {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw usageError(`${file} is not an object`, 'Write {"mouse": false}.');
	}
	const strange = Object.keys(value).find((name) => !name.startsWith('$') && !entryNames.includes(name));
	if (strange !== undefined) {
		throw usageError(`'${strange}' in ${file} is no setting`, didYouMean(strange, entryNames) ?? `There are ${entryNames.join(', ')}.`);
	}
	const {keys, mouse, theme}: {keys?: unknown; mouse?: unknown; theme?: unknown} = value;
	if (mouse !== undefined && typeof mouse !== 'boolean') {
		throw usageError(`'mouse' in ${file} is neither true nor false`, 'Write {"mouse": false}.');
	}
	return {
		keys: keys === undefined ? usualConfiguration.keys : readKeyChanges(keys, file),
		mouse: mouse ?? usualConfiguration.mouse,
		theme: theme === undefined ? usualConfiguration.theme : readThemeChanges(theme, file),
	};
}
