import type {ConsoleEntry} from '../consoles/console-entry.ts';
import {plainText} from '../draw/styled-text.ts';
import type {Key} from '../keys/decode-keys.ts';
import type {Action} from '../keys/key-table.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {closePane, focusPane, updatePane, type Pane, type PanesState} from '../panes/pane-state.ts';
import {findInPane, scrollTo, type Extent} from '../panes/scroll-pane.ts';

interface PaneReaderOptions {
	readonly store: Store<ScreenState>;
	readonly update: (change: (panes: PanesState) => PanesState) => void;
	/** The console that a pane shows. */
	readonly shown: (pane: Pane) => ConsoleEntry | undefined;
	/** Lines of a pane of text. */
	readonly linesOf: (pane: Pane) => readonly string[];
	/** Rows of a pane below its title. */
	readonly roomOf: (pane: Pane) => number;
}

/** Scrolls and searches in panes. */
export function createPaneReader({store, update, shown, linesOf, roomOf}: PaneReaderOptions) {
	/** What of a pane scrolls. */
	function extentOf(pane: Pane): Extent {
		const entry = shown(pane);
		const lines = entry === undefined ? linesOf(pane).map(plainText) : entry.emulator.text();
		return {
			lines,
			fromEnd: entry !== undefined || pane.kind === 'events',
			most: entry === undefined ? Math.max(0, lines.length - roomOf(pane)) : entry.emulator.scrollable,
		};
	}

	/** So many rows on, or back, or to an end. */
	function scroll(pane: Pane, rows: number | 'start' | 'end'): void {
		const target = scrollTo(pane, extentOf(pane), rows);
		update((panes) => updatePane(panes, pane.id, () => ({scroll: target})));
	}

	function find(pane: Pane, text: string, step: 1 | -1, fresh: boolean): void {
		const found = findInPane(pane, extentOf(pane), text, {step, fresh});
		update((panes) => updatePane(panes, pane.id, () => (found === undefined ? {find: text} : {find: text, scroll: found})));
		if (found === undefined) {
			store.update({message: `Not found${fresh ? '' : ' any more'}: ${text}`});
		}
	}

	const pageOf = (pane: Pane): number => Math.max(1, roomOf(pane) - 1);

	function findAgain(pane: Pane, step: 1 | -1): void {
		if (pane.find !== undefined) find(pane, pane.find, step, false);
	}

	const actions: Readonly<Partial<Record<Action, (pane: Pane) => void>>> = {
		'to-prompt'(pane) {
			// Back to the end, or the start, without the marks of a search.
			const left = (panes: PanesState): PanesState =>
				pane.kind === 'keys' ? closePane(panes, pane.id) : updatePane(panes, pane.id, () => ({scroll: 0, find: undefined}));
			update((panes) => focusPane(left(panes), undefined));
		},
		'close-pane': (pane) => update((panes) => ({...closePane(panes, pane.id), reading: false})),
		'scroll-up': (pane) => scroll(pane, -1),
		'scroll-down': (pane) => scroll(pane, 1),
		'scroll-page-up': (pane) => scroll(pane, -pageOf(pane)),
		'scroll-page-down': (pane) => scroll(pane, pageOf(pane)),
		'scroll-start': (pane) => scroll(pane, 'start'),
		'scroll-end': (pane) => scroll(pane, 'end'),
		find: () => store.update({finding: ''}),
		'find-next': (pane) => findAgain(pane, 1),
		'find-previous': (pane) => findAgain(pane, -1),
	};

	return {
		scroll,
		/** A key while a text to be found is typed. */
		typeFinding(pane: Pane, finding: string, key: Key): void {
			if (key.kind === 'text') {
				store.update({finding: finding + key.text});
			} else if (key.kind === 'key' && key.name === 'backspace') {
				store.update({finding: finding === '' ? undefined : [...finding].slice(0, -1).join('')});
			} else if (key.kind === 'key' && key.name === 'enter' && finding !== '') {
				find(pane, finding, 1, true);
			} else if (key.kind === 'key') {
				store.update({finding: undefined});
			}
		},
		act: (pane: Pane, action: Action): void => actions[action]?.(pane),
	};
}
