import {isObject} from '../../core/is-object.ts';
import {noPanes, type Pane, type PaneKind, type PanesState} from './pane-state.ts';

/** Kinds that come back with the session. */
const kept: readonly PaneKind[] = ['xml', 'events', 'consoles', 'console', 'top'];
const mostPanes = 16;

/** Which panes are open and where, as text for the next session. */
export function writeLayout({panes}: PanesState): string {
	const saved = panes.filter(({kind, console}) => kept.includes(kind) && console?.startsWith('replay ') !== true);
	return `${JSON.stringify({version: 1, panes: saved.map(({kind, console, side}) => ({kind, side, ...(console === undefined ? {} : {console})}))})}\n`;
}

/** Reads what writeLayout wrote; what it does not know is left out. */
export function readLayout(text: string): PanesState {
	let file: unknown;
	try {
		file = JSON.parse(text);
	} catch {
		return noPanes;
	}
	const entries = isObject(file) && file['version'] === 1 && Array.isArray(file['panes']) ? file['panes'].slice(0, mostPanes) : [];
	const panes = entries.flatMap((entry: unknown): Pane[] => {
		if (!isObject(entry)) {
			return [];
		}
		const kind = kept.find((each) => each === entry['kind']);
		const console = typeof entry['console'] === 'string' ? entry['console'] : undefined;
		if (kind === undefined || (kind === 'console') !== (console !== undefined)) {
			return [];
		}
		const side = entry['side'] === 'right' ? 'right' : 'below';
		return [{id: console === undefined ? kind : `${kind} ${console}`, kind, console, side, scroll: 0, find: undefined}];
	});
	return {...noPanes, panes: panes.filter(({id}, index) => panes.findIndex((each) => each.id === id) === index)};
}
