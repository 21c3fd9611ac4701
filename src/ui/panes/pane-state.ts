/** What a pane shows; `console` one console that was named, `consoles` the chosen one of all. */
export type PaneKind = 'xml' | 'events' | 'consoles' | 'console' | 'keys' | 'top';
type Side = 'right' | 'below';

export interface Pane {
	readonly id: string;
	readonly kind: PaneKind;
	/** Key of a console. */
	readonly console: string | undefined;
	readonly side: Side;
	/** Rows that it is scrolled: from the end for consoles and events, from the start else. */
	readonly scroll: number;
	/** What is searched in it. */
	readonly find: string | undefined;
}

/** The panes beside the transcript. */
export interface PanesState {
	readonly panes: readonly Pane[];
	/** The pane that has the keys; undefined: the prompt. */
	readonly focus: string | undefined;
	/** The pane that had the keys last, or was opened since. */
	readonly latest: string | undefined;
	/** What has the keys takes the whole screen. */
	readonly zoomed: boolean;
	/** The console that `consoles` shows. */
	readonly chosen: string | undefined;
	/** Keys scroll and search in the focused console, they do not go to the guest. */
	readonly reading: boolean;
}

/** The panes that are open, for commands that change them. */
export interface OpenPanes {
	readonly panes: () => PanesState;
	readonly update: (change: (panes: PanesState) => PanesState) => void;
}

export const noPanes: PanesState = {panes: [], focus: undefined, latest: undefined, zoomed: false, chosen: undefined, reading: false};

export function openPane(state: PanesState, kind: PaneKind, options: {side: Side; console?: string | undefined; zoom?: boolean}): PanesState {
	const id = options.console === undefined ? kind : `${kind} ${options.console}`;
	const old = state.panes.find((pane) => pane.id === id);
	const pane: Pane = {id, kind, console: options.console, side: options.side, scroll: old?.scroll ?? 0, find: old?.find};
	const panes = old === undefined ? [...state.panes, pane] : state.panes.map((each) => (each === old ? pane : each));
	return options.zoom === true ? {...state, panes, focus: id, latest: id, zoomed: true} : {...state, panes, latest: id};
}

export function closePane(state: PanesState, id: string): PanesState {
	const gone = state.focus === id;
	return {...state, panes: state.panes.filter((pane) => pane.id !== id), focus: gone ? undefined : state.focus, zoomed: gone ? false : state.zoomed};
}

/** Opens a pane, or closes it where it is. */
export function togglePane(state: PanesState, kind: PaneKind, side: Side): PanesState {
	return state.panes.some((pane) => pane.id === kind) ? closePane(state, kind) : openPane(state, kind, {side});
}

/** Gives the keys to the next pane, and after the last to the prompt. From the prompt it goes on where the keys were before: in a guest the key for this is the guest's. */
export function focusNext(state: PanesState): PanesState {
	const ids = state.panes.map((pane) => pane.id);
	const next = ids.indexOf(state.focus ?? state.latest ?? '') + 1;
	const id = state.focus === undefined ? ids[next % Math.max(1, ids.length)] : ids[next];
	return {...state, focus: id, latest: id ?? state.latest, reading: false};
}

export function focusPane(state: PanesState, id: string | undefined): PanesState {
	return id === undefined || state.panes.some((pane) => pane.id === id)
		? {...state, focus: id, latest: id ?? state.latest, reading: false, zoomed: id === undefined ? false : state.zoomed}
		: state;
}

export function updatePane(state: PanesState, id: string, change: (pane: Pane) => Partial<Pane>): PanesState {
	return {...state, panes: state.panes.map((pane) => (pane.id === id ? {...pane, ...change(pane)} : pane))};
}

/** The pane that has the keys. */
export function focusedPane({panes, focus}: PanesState): Pane | undefined {
	return panes.find((pane) => pane.id === focus);
}

/** Gives the keys to the pane that shows a console. */
export function focusConsole(state: PanesState, key: string): PanesState {
	const pane = state.panes.find((each) => each.console === key) ?? state.panes.find(({kind}) => kind === 'consoles');
	return pane === undefined ? state : {...focusPane(state, pane.id), chosen: pane.kind === 'consoles' ? key : state.chosen};
}
