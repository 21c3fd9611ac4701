import {usageError} from '../../core/errors.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {otherKeyNames} from './decode-keys.ts';

/** Where a key means something: in the line, on the screen wherever the keys go to the prompt, or in a pane that has them. */
export type KeyPlace = 'line' | 'screen' | 'pane';

export interface Binding {
	readonly keys: readonly string[];
	readonly help: string;
	readonly place: KeyPlace;
}

const line = (keys: string, help: string): Binding => ({keys: keys.split(' '), help, place: 'line'});
const screen = (keys: string, help: string): Binding => ({keys: keys.split(' '), help, place: 'screen'});
const pane = (keys: string, help: string): Binding => ({keys: keys.split(' '), help, place: 'pane'});

/** Every key of the screen: what it does is named by the action. The help (`?`) and the keys themselves come from here. */
export const keyTable = {
	'line-start': line('ctrl-a home', 'to the start of the line'),
	'line-end': line('ctrl-e end', 'to its end'),
	back: line('ctrl-b left', 'a character back'),
	forward: line('ctrl-f right', 'a character on'),
	'word-back': line('meta-b ctrl-left meta-left', 'a word back'),
	'word-forward': line('meta-f ctrl-right meta-right', 'a word on'),
	'delete-back': line('backspace ctrl-h', 'delete the character before the cursor'),
	'delete-or-end': line('ctrl-d', 'delete the character at the cursor; in an empty line: leave'),
	'delete-forward': line('delete', 'delete the character at the cursor'),
	'kill-word-back': line('ctrl-w', 'kill the word before, up to a blank'),
	'kill-name-back': line('meta-backspace', 'kill the word before, letters and digits'),
	'kill-word': line('meta-d', 'kill the word from the cursor on'),
	'kill-to-start': line('ctrl-u', 'kill to the start of the line'),
	'kill-to-end': line('ctrl-k', 'kill to its end'),
	yank: line('ctrl-y', 'put in what was killed last'),
	'yank-older': line('meta-y', 'after ^Y: what was killed before'),
	transpose: line('ctrl-t', 'swap two characters'),
	'last-word': line('meta-.', 'the last word of the line before'),
	upper: line('meta-u', 'the word in capitals'),
	lower: line('meta-l', 'the word in lower case'),
	undo: line('ctrl-_', 'undo'),
	submit: line('enter ctrl-j', 'run; in an open quote: a new line'),
	newline: line('meta-enter', 'a new line without running'),
	older: line('up', 'the older line that begins like this one'),
	newer: line('down', 'the newer one'),
	previous: line('ctrl-p', 'the line before'),
	next: line('ctrl-n', 'the line after'),
	search: line('ctrl-r', 'look for a line of the history'),
	complete: line('tab', 'complete; again: choose from the menu'),
	'complete-back': line('shift-tab', 'the candidate before'),
	leave: line('ctrl-g escape', 'leave menu or search'),
	'clear-screen': line('ctrl-l', 'clear the transcript'),
	cancel: screen('ctrl-c', 'cancel the running command; else clear the line'),
	'give-input': screen('meta-i f8', 'type to the running command, and back to commands'),
	suspend: screen('ctrl-z', 'stop the program; fg in your shell comes back'),
	help: screen('f1', 'this list; also ? in an empty line'),
	'page-up': screen('pageup', 'scroll back'),
	'page-down': screen('pagedown', 'scroll on'),
	'toggle-xml': screen('meta-x f2', 'the XML of the current sandbox'),
	'toggle-consoles': screen('meta-c f3', 'the consoles'),
	'toggle-events': screen('meta-e f4', 'the events'),
	'next-pane': screen('meta-o f6', 'to the next pane'),
	zoom: screen('meta-z f5', 'one pane on the whole screen, and back'),
	'next-console': screen('meta-n', 'the next console'),
	'previous-console': screen('meta-p', 'the console before'),
	'read-console': screen('meta-s', 'scroll and search in the console'),
	attach: screen('meta-a', 'the console on the whole screen, as virsh console'),
	'to-prompt': pane('escape q ctrl-c ctrl-]', 'back to the prompt'),
	'close-pane': pane('x', 'close the pane'),
	'scroll-up': pane('up k', 'a line back'),
	'scroll-down': pane('down j', 'a line on'),
	'scroll-page-up': pane('pageup b', 'a page back'),
	'scroll-page-down': pane('pagedown space', 'a page on'),
	'scroll-start': pane('home g', 'to the start'),
	'scroll-end': pane('end G', 'to the end'),
	find: pane('/', 'search in the pane'),
	'find-next': pane('n', 'the match before'),
	'find-previous': pane('N', 'the match after'),
} as const satisfies Record<string, Binding>;

export type Action = keyof typeof keyTable;

const actionNames = Object.keys(keyTable) as readonly Action[];

/** Keys that a person's configuration puts in place of the usual ones. */
export type KeyChanges = Readonly<Partial<Record<Action, readonly string[]>>>;

/** Which keys do what. */
export interface Keymap {
	/** The action of a key. */
	find(place: KeyPlace, key: string): Action | undefined;
	readonly bindings: readonly Binding[];
}

/** The table with the keys of a configuration; a key that is taken from an action by another one does what the other one does. */
export function createKeymap(changes: KeyChanges = {}): Keymap {
	const actions = new Map<string, Action>();
	const isChanged = (action: Action): boolean => changes[action] !== undefined;
	for (const action of [...actionNames.filter((each) => !isChanged(each)), ...actionNames.filter(isChanged)]) {
		const binding: Binding = keyTable[action];
		for (const key of changes[action] ?? binding.keys) {
			actions.set(`${binding.place} ${key}`, action);
		}
	}
	const bindings = actionNames.map((action): Binding => {
		const binding: Binding = keyTable[action];
		return {...binding, keys: (changes[action] ?? binding.keys).filter((key) => actions.get(`${binding.place} ${key}`) === action)};
	});
	return {find: (place, key) => actions.get(`${place} ${key}`), bindings};
}

/** Reads `{"yank": ["ctrl-v"]}`; throws a usage error for what is no action. */
export function readKeyChanges(value: unknown, what: string): KeyChanges {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw usageError(`'keys' of ${what} is not an object`, 'Write {"keys": {"yank": ["ctrl-v"]}}.');
	}
	const entries = Object.entries(value).map(([name, keys]: [string, unknown]) => {
		const action = actionNames.find((each) => each === name);
		if (action === undefined) {
			throw usageError(`'${name}' in 'keys' of ${what} is not something that a key does`, didYouMean(name, actionNames));
		}
		if (!Array.isArray(keys) || !keys.every((key): key is string => typeof key === 'string' && key !== '')) {
			throw usageError(`The keys of '${name}' in ${what} are not a list of names`, 'Write names as ctrl-v, meta-v, f7, pageup.');
		}
		for (const key of keys) {
			const others = otherKeyNames(key);
			if (others !== undefined) {
				throw usageError(`'${key}' in 'keys' of ${what} is not a key`, didYouMean(key, others) ?? 'Write names as ctrl-v, meta-v, f7, pageup.');
			}
		}
		return [action, keys] as const;
	});
	return Object.fromEntries(entries);
}

const shown: Readonly<Record<string, string>> = {
	up: '↑',
	down: '↓',
	left: '←',
	right: '→',
	enter: 'Enter',
	tab: 'Tab',
	escape: 'Esc',
	backspace: 'Backspace',
	delete: 'Del',
	home: 'Home',
	end: 'End',
	pageup: 'PgUp',
	pagedown: 'PgDn',
};

/** A key as people write it: `ctrl-a` is `^A`, `meta-b` is `M-b`. */
export function describeKey(name: string): string {
	const control = /^ctrl-(.)$/.exec(name);
	if (control !== null) {
		return `^${(control[1] ?? '').toUpperCase()}`;
	}
	const parts = /^((?:ctrl-|meta-|shift-)*)(.+)$/.exec(name);
	const [, modifiers = '', key = name] = parts ?? [];
	const prefix = modifiers.replaceAll('ctrl-', '^').replaceAll('meta-', 'M-').replaceAll('shift-', 'Shift-');
	return prefix + (shown[key] ?? (/^f[0-9]+$/.test(key) ? key.toUpperCase() : key));
}
