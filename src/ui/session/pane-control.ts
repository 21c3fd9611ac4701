import type {ConsoleEntry} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {plainText} from '../draw/styled-text.ts';
import type {Key} from '../keys/decode-keys.ts';
import type {Action, Keymap} from '../keys/key-table.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {layoutPanes} from '../panes/layout-panes.ts';
import {closePane, focusedPane, focusNext, focusPane, openPane, togglePane, updatePane, type Pane, type PanesState} from '../panes/pane-state.ts';
import {findInPane, scrollTo, type Extent} from '../panes/scroll-pane.ts';
import {consoleOf} from '../panes/view-pane.ts';

export interface PaneControlOptions {
	readonly store: Store<ScreenState>;
	readonly consoles: ConsoleStore;
	readonly keymap: Keymap;
	/** Lines of a pane of text, for scrolling and searching. */
	readonly linesOf: (pane: Pane) => readonly string[];
	readonly attach: (key: string) => void;
	/** A pane was opened or closed. */
	readonly onPanes: () => void;
}

/** What keys do to panes. */
export interface PaneControl {
	/** An action of the screen; false: it is none of panes. */
	act(action: Action): boolean;
	/** A key while a pane has the keys; gives back what of it is not the pane's. */
	take(key: Key): Key | undefined;
	/** The console that gets bytes as they come; undefined: none. */
	typed(): ConsoleEntry | undefined;
	/** Gives consoles the size of their panes, and notes that they are seen. */
	fit(): void;
	update(change: (panes: PanesState) => PanesState): void;
	/** The console that `consoles` shows, or that has the keys. */
	current(): ConsoleEntry | undefined;
}

export function createPaneControl({store, consoles, keymap, linesOf, attach, onPanes}: PaneControlOptions): PaneControl {
	const update = (change: (panes: PanesState) => PanesState): void => {
		const {panes: before, columns, rows} = store.get();
		const after = change(before);
		// On a small terminal a pane that has just been opened takes the place of the transcript.
		const opened = after.panes.find(({id}) => !before.panes.some((each) => each.id === id));
		const isHidden = opened !== undefined && !layoutPanes(after, columns, rows - 1).panes.some(({pane}) => pane.id === opened.id);
		store.update({panes: isHidden ? focusPane(after, opened.id) : after, finding: undefined});
		onPanes();
	};
	const shown = (pane: Pane): ConsoleEntry | undefined => consoleOf(pane, store.get().panes, consoles.list());
	const layout = () => {
		const {panes, columns, rows} = store.get();
		return layoutPanes(panes, columns, rows - 1);
	};
	const roomOf = (pane: Pane): number => (layout().panes.find((each) => each.pane.id === pane.id)?.rect.height ?? 2) - 1;

	function current(): ConsoleEntry | undefined {
		const {panes} = store.get();
		const focused = focusedPane(panes);
		const all = consoles.list();
		return (focused === undefined ? undefined : shown(focused)) ?? all.find(({key}) => key === panes.chosen) ?? all[0];
	}

	function choose(step: 1 | -1): void {
		const all = consoles.list();
		const at = all.findIndex((entry) => entry === current());
		const next = all[(at + step + all.length) % Math.max(1, all.length)];
		if (next !== undefined) {
			update((panes) => ({...openPane(panes, 'consoles', {side: sideOf(panes, 'consoles')}), chosen: next.key}));
		}
	}

	/** Into a console, by its number. */
	function enter(index: number): void {
		const entry = consoles.list()[index];
		if (entry === undefined) {
			store.update({message: `There is no console ${index + 1}`});
			return;
		}
		update((panes) => {
			const own = panes.panes.find((pane) => pane.kind === 'console' && pane.console === entry.key);
			return own === undefined
				? focusPane({...openPane(panes, 'consoles', {side: sideOf(panes, 'consoles')}), chosen: entry.key}, 'consoles')
				: focusPane(panes, own.id);
		});
	}

	function act(action: Action): boolean {
		switch (action) {
			case 'toggle-xml':
				update((panes) => togglePane(panes, 'xml', 'right'));
				return true;
			case 'toggle-consoles':
				update((panes) => togglePane(panes, 'consoles', 'below'));
				return true;
			case 'toggle-events':
				update((panes) => togglePane(panes, 'events', 'below'));
				return true;
			case 'help':
				update((panes) => openPane(panes, 'keys', {side: 'right', zoom: true}));
				return true;
			case 'next-pane':
				update(focusNext);
				return true;
			case 'zoom':
				update((panes) => ({...panes, zoomed: !panes.zoomed}));
				return true;
			case 'next-console':
				choose(1);
				return true;
			case 'previous-console':
				choose(-1);
				return true;
			case 'read-console': {
				const all = consoles.list();
				if (all.length > 0) {
					update((panes) => {
						const focused = focusedPane(panes);
						const pane = focused !== undefined && shown(focused) !== undefined ? focused.id : 'consoles';
						return {...focusPane(openPane(panes, 'consoles', {side: sideOf(panes, 'consoles')}), pane), reading: true};
					});
				}
				return true;
			}
			case 'attach': {
				const entry = current();
				if (entry === undefined || entry.state === 'ended') {
					store.update({message: 'There is no console to attach to: start a sandbox'});
				} else {
					attach(entry.key);
				}
				return true;
			}
			default:
				return false;
		}
	}

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

	function takeFinding(pane: Pane, finding: string, key: Key): void {
		if (key.kind === 'text') {
			store.update({finding: finding + key.text});
		} else if (key.kind === 'key' && key.name === 'backspace') {
			store.update({finding: finding === '' ? undefined : [...finding].slice(0, -1).join('')});
		} else if (key.kind === 'key' && key.name === 'enter' && finding !== '') {
			find(pane, finding, 1, true);
		} else if (key.kind === 'key') {
			store.update({finding: undefined});
		}
	}

	function actInPane(pane: Pane, action: Action): void {
		const room = Math.max(1, roomOf(pane) - 1);
		switch (action) {
			case 'to-prompt':
				if (pane.find !== undefined) {
					update((panes) => updatePane(panes, pane.id, () => ({find: undefined})));
				} else {
					update((panes) => focusPane(pane.kind === 'keys' ? closePane(panes, pane.id) : updatePane(panes, pane.id, rest), undefined));
				}
				return;
			case 'close-pane':
				update((panes) => ({...closePane(panes, pane.id), reading: false}));
				return;
			case 'scroll-up':
				scroll(pane, -1);
				return;
			case 'scroll-down':
				scroll(pane, 1);
				return;
			case 'scroll-page-up':
				scroll(pane, -room);
				return;
			case 'scroll-page-down':
				scroll(pane, room);
				return;
			case 'scroll-start':
				scroll(pane, 'start');
				return;
			case 'scroll-end':
				scroll(pane, 'end');
				return;
			case 'find':
				store.update({finding: ''});
				return;
			case 'find-next':
			case 'find-previous':
				if (pane.find !== undefined) {
					find(pane, pane.find, action === 'find-next' ? 1 : -1, false);
				}
				return;
			default:
		}
	}

	function typed(): ConsoleEntry | undefined {
		const {panes, question} = store.get();
		const pane = focusedPane(panes);
		const entry = pane === undefined || panes.reading || question !== undefined ? undefined : shown(pane);
		return entry?.state === 'open' ? entry : undefined;
	}

	/** Characters that came together; those after one that gives the keys away are not the pane's. */
	function takeText(text: string): Key | undefined {
		const characters = [...text];
		for (const [index, character] of characters.entries()) {
			const {panes, finding} = store.get();
			const pane = focusedPane(panes);
			if (pane === undefined) {
				return {kind: 'text', text: characters.slice(index).join('')};
			}
			if (finding !== undefined) {
				takeFinding(pane, finding, {kind: 'text', text: character});
				continue;
			}
			const action = keymap.find('pane', character === ' ' ? 'space' : character);
			if (action !== undefined) {
				store.update({message: undefined});
				actInPane(pane, action);
			}
		}
		return undefined;
	}

	function takeNamed(pane: Pane, key: Key): Key | undefined {
		const action = key.kind === 'key' ? keymap.find('pane', key.name) : undefined;
		if (action === undefined) {
			return key.kind === 'key' ? key : undefined;
		}
		store.update({message: undefined});
		actInPane(pane, action);
		return undefined;
	}

	return {
		act,
		update,
		current,
		take(key) {
			const {panes, finding} = store.get();
			const digit = key.kind === 'key' ? /^meta-([1-9])$/.exec(key.name)?.[1] : undefined;
			if (digit !== undefined) {
				enter(Number(digit) - 1);
				return undefined;
			}
			const pane = focusedPane(panes);
			if (pane === undefined) {
				return key;
			}
			const console = typed();
			if (console !== undefined) {
				// It was typed in one go with the key that led here.
				consoles.type(console.key, Buffer.from(key.raw ?? ''));
				return undefined;
			}
			if (finding !== undefined) {
				takeFinding(pane, finding, key);
				return undefined;
			}
			return key.kind === 'text' ? takeText(key.text) : takeNamed(pane, key);
		},
		typed,
		fit() {
			const seen = new Set<string>();
			for (const {pane, rect} of layout().panes) {
				const entry = shown(pane);
				if (entry !== undefined && !seen.has(entry.key)) {
					seen.add(entry.key);
					entry.unread = false;
					consoles.resize(entry.key, {columns: Math.max(2, rect.width), rows: Math.max(1, rect.height - 1)});
				}
			}
		},
	};
}

/** Back to the end, or the start. */
function rest(): Partial<Pane> {
	return {scroll: 0};
}

/** A pane that is open stays where it is. */
function sideOf({panes}: PanesState, kind: Pane['kind']): Pane['side'] {
	return panes.find((pane) => pane.kind === kind)?.side ?? 'below';
}
