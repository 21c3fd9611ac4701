import {truncate} from '../../core/text.ts';
import {describeKey, type Keymap, type KeyPlace} from '../keys/key-table.ts';
import type {Theme} from '../draw/theme.ts';
import type {ScreenState} from '../model/screen-store.ts';
import type {Pane} from './pane-state.ts';

const places: Readonly<Record<KeyPlace, string>> = {
	screen: 'Everywhere but in a console',
	line: 'In the line',
	pane: 'In a pane that has the keys',
};

interface TextLook {
	readonly theme: Theme;
	readonly keymap: Keymap;
	/** The key that leaves a console, in hat notation. */
	readonly escape: string;
}

/** A row of keys and what they do. */
function keyRow(keys: string, help: string, width: number): string {
	return truncate(`  ${keys.padEnd(18)} ${help}`, width);
}

/** Every key, from the table of keys. */
function keyRows(width: number, {theme, keymap, escape}: TextLook): readonly string[] {
	const rows = (Object.keys(places) as KeyPlace[]).flatMap((place) => [
		theme.strong(places[place]),
		...keymap.bindings.filter((binding) => binding.place === place).map(({keys, help}) => keyRow(keys.map(describeKey).join('  '), help, width)),
		'',
	]);
	return [
		...rows,
		theme.strong('In a console'),
		keyRow(escape, 'back to the prompt; typed twice it goes to the guest once', width),
		keyRow('M-1 … M-9', 'at the prompt: into that console', width),
	];
}

/** The rows of a pane of text. */
export function textOf(pane: Pane, state: ScreenState, width: number, look: TextLook): {title: string; rows: readonly string[]} {
	switch (pane.kind) {
		case 'xml':
			return state.xml ?? {title: 'XML', rows: []};
		case 'events':
			return {title: 'Events', rows: state.events.length === 0 ? [look.theme.quiet('  Nothing has happened yet')] : state.events};
		case 'keys':
			return {title: 'Keys', rows: keyRows(width, look)};
		case 'top':
			return {title: 'Top', rows: state.top};
		case 'console':
		case 'consoles':
			return {title: pane.kind, rows: []};
	}
}
