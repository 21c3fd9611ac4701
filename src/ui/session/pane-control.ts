import {labelOf, takesKeys, type ConsoleEntry} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import type {Key} from '../keys/decode-keys.ts';
import type {Action, Keymap} from '../keys/key-table.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {layoutPanes} from '../panes/layout-panes.ts';
import {focusedPane, focusNext, focusPane, openPane, togglePane, updatePane, type Pane, type PanesState} from '../panes/pane-state.ts';
import {consoleOf} from '../panes/view-pane.ts';
import {createConsoleChoice} from './console-choice.ts';
import {createPaneReader} from './pane-reader.ts';

interface PaneControlOptions {
	readonly store: Store<ScreenState>;
	readonly consoles: ConsoleStore;
	readonly keymap: Keymap;
	/** Lines of a pane of text, for scrolling and searching. */
	readonly linesOf: (pane: Pane) => readonly string[];
	readonly attach: (key: string) => void;
	/** The sandbox that commands mean when they name none. */
	readonly currentSandbox: () => string | undefined;
	/** A pane was opened or closed. */
	readonly onPanes: () => void;
}

export type PaneControl = ReturnType<typeof createPaneControl>;

/** What keys do to panes. */
export function createPaneControl({store, consoles, keymap, linesOf, attach, currentSandbox, onPanes}: PaneControlOptions) {
	const update = (change: (panes: PanesState) => PanesState): void => {
		const {panes: before, columns, rows} = store.get();
		const after = change(before);
		// On a small terminal a pane that has just been opened takes the place of the transcript.
		const opened = after.panes.find(({id}) => !before.panes.some((each) => each.id === id));
		const isHidden = opened !== undefined && !layoutPanes(after, columns, rows - 1).panes.some(({pane}) => pane.id === opened.id);
		store.update({panes: isHidden ? focusPane(after, opened.id) : after, finding: undefined});
		for (const {id, console} of before.panes) {
			if (console !== undefined && !after.panes.some((each) => each.id === id)) {
				// A recording is played for its pane alone.
				consoles.remove(console);
			}
		}
		onPanes();
	};
	const shown = (pane: Pane): ConsoleEntry | undefined => consoleOf(pane, store.get().panes, consoles.list());
	const layout = () => {
		const {panes, columns, rows} = store.get();
		return layoutPanes(panes, columns, rows - 1);
	};
	const roomOf = (pane: Pane): number => (layout().panes.find((each) => each.pane.id === pane.id)?.rect.height ?? 2) - 1;

	const reader = createPaneReader({store, update, shown, linesOf, roomOf});

	const {current, openOne, attachable, withConsole} = createConsoleChoice({store, consoles, shown, currentSandbox, onJoined: () => fit()});

	const openConsoles = (panes: PanesState): PanesState => openPane(panes, 'consoles', {side: sideOf(panes, 'consoles')});

	function choose(step: 1 | -1): void {
		const all = consoles.list();
		const at = all.findIndex((entry) => entry === current());
		const next = all[(at + step + all.length) % Math.max(1, all.length)];
		if (next !== undefined) {
			update((panes) => ({...openConsoles(panes), chosen: next.key}));
		}
	}

	/** Into a console. */
	function enter({key}: ConsoleEntry): void {
		update((panes) => {
			const own = panes.panes.find((pane) => pane.kind === 'console' && pane.console === key);
			return own === undefined ? focusPane({...openConsoles(panes), chosen: key}, 'consoles') : {...focusPane(panes, own.id), chosen: key};
		});
	}

	/** Scrolls and searches in the console that was entered last. */
	function read(): void {
		const entry = current();
		if (entry !== undefined) {
			update((panes) => {
				const own = panes.panes.find((pane) => pane.id === panes.focus || pane.console === entry.key);
				return {...focusPane(own === undefined ? openConsoles(panes) : panes, own?.id ?? 'consoles'), reading: true};
			});
		}
	}

	const actions: Readonly<Partial<Record<Action, () => void>>> = {
		'toggle-xml': () => update((panes) => togglePane(panes, 'xml', 'right')),
		'toggle-consoles': () => update((panes) => togglePane(panes, 'consoles', 'below')),
		'toggle-events': () => update((panes) => togglePane(panes, 'events', 'below')),
		help: () => update((panes) => openPane(panes, 'keys', {side: 'right', zoom: true})),
		'next-pane': () => update(focusNext),
		zoom: () => update((panes) => ({...panes, zoomed: !panes.zoomed})),
		'next-console': () => choose(1),
		'previous-console': () => choose(-1),
		'read-console': read,
		attach: () => withConsole(attachable, ({key}) => attach(key), 'There is no console to attach to: start a sandbox', openOne),
	};

	/** The console that gets bytes as they come; undefined: none. */
	function typed(): ConsoleEntry | undefined {
		const {panes, question} = store.get();
		const pane = focusedPane(panes);
		const entry = pane === undefined || panes.reading || question !== undefined ? undefined : shown(pane);
		return entry !== undefined && takesKeys(entry) ? entry : undefined;
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
				reader.typeFinding(pane, finding, {kind: 'text', text: character});
				continue;
			}
			const action = keymap.find('pane', character === ' ' ? 'space' : character);
			store.update({message: action === undefined ? refusalOf(shown(pane)) : undefined});
			if (action !== undefined) {
				reader.act(pane, action);
			}
		}
		return undefined;
	}

	/** Why what is typed does nothing. */
	function refusalOf(entry: ConsoleEntry | undefined): string | undefined {
		if (entry === undefined || takesKeys(entry)) {
			return undefined;
		}
		return `${labelOf(entry, consoles.list())} ${entry.state === 'ended' ? 'has ended' : 'takes no input'}`;
	}

	function takeNamed(pane: Pane, key: Key): Key | undefined {
		const action = key.kind === 'key' ? keymap.find('pane', key.name) : undefined;
		if (action === undefined) {
			const message = key.kind === 'key' && keymap.find('screen', key.name) !== undefined ? undefined : refusalOf(shown(pane));
			store.update({message});
			return key.kind === 'key' && message === undefined ? key : undefined;
		}
		store.update({message: undefined});
		reader.act(pane, action);
		return undefined;
	}

	/** Gives consoles the size of their panes, and notes that they are seen. */
	function fit(): void {
		const seen = new Set<string>();
		for (const {pane, rect} of layout().panes) {
			const entry = shown(pane);
			if (entry !== undefined && !seen.has(entry.key)) {
				seen.add(entry.key);
				entry.unread = false;
				entry.news = false;
				consoles.resize(entry.key, {columns: Math.max(2, rect.width), rows: Math.max(1, rect.height - 1)});
			}
		}
	}

	return {
		/** An action of the screen; nothing where it is none of panes. */
		act: (action: Action): void => actions[action]?.(),
		update,
		scroll: reader.scroll,
		/** Of the console that is typed to, if it was scrolled back. */
		showEnd(): void {
			const pane = focusedPane(store.get().panes);
			if (pane !== undefined && pane.scroll > 0) {
				update((panes) => updatePane(panes, pane.id, () => ({scroll: 0})));
			}
		},
		current,
		/** A key while a pane has the keys; gives back what of it is not the pane's. */
		take(key: Key): Key | undefined {
			const {panes, finding} = store.get();
			const digit = key.kind === 'key' ? /^meta-([1-9])$/.exec(key.name)?.[1] : undefined;
			if (digit !== undefined) {
				withConsole(() => consoles.list().find(({number}) => number === Number(digit)), enter, `There is no console ${digit}`);
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
				reader.typeFinding(pane, finding, key);
				return undefined;
			}
			return key.kind === 'text' ? takeText(key.text) : takeNamed(pane, key);
		},
		typed,
		fit,
	};
}

/** A pane that is open stays where it is. */
function sideOf({panes}: PanesState, kind: Pane['kind']): Pane['side'] {
	return panes.find((pane) => pane.kind === kind)?.side ?? 'below';
}
