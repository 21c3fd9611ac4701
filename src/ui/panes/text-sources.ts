import {describeKey, keyTable, type Binding, type KeyPlace} from '../keys/key-table.ts';
import type {Theme} from '../draw/theme.ts';
import type {ScreenState} from '../model/screen-store.ts';
import type {Pane} from './pane-state.ts';
import {keyRow} from './view-pane.ts';

const places: Readonly<Record<KeyPlace, string>> = {
	screen: 'Everywhere but in a console',
	line: 'In the line',
	pane: 'In a pane that has the keys',
};

/** Every key, from the table of keys. */
export function keyRows(width: number, theme: Theme, escape: string): readonly string[] {
	const bindings: readonly Binding[] = Object.values(keyTable);
	const rows = (Object.keys(places) as KeyPlace[]).flatMap((place) => [
		theme.strong(places[place]),
		...bindings.filter((binding) => binding.place === place).map(({keys, help}) => keyRow(keys.map(describeKey).join('  '), help, width)),
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
export function textOf(pane: Pane, state: ScreenState, width: number, theme: Theme, escape: string): {title: string; rows: readonly string[]} {
	switch (pane.kind) {
		case 'xml':
			return state.xml ?? {title: 'XML', rows: []};
		case 'events':
			return {title: 'Events', rows: state.events.length === 0 ? [theme.quiet('  Nothing has happened yet')] : state.events};
		case 'keys':
			return {title: 'Keys', rows: keyRows(width, theme, escape)};
		case 'top':
			return {title: 'Top', rows: state.top};
		case 'console':
		case 'consoles':
			return {title: pane.kind, rows: []};
	}
}
