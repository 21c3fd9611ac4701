import {createConsoleStore} from '../consoles/console-store.ts';
import {labelOfKey} from '../consoles/console-entry.ts';
import type {Theme} from '../draw/theme.ts';
import type {Keymap} from '../keys/key-table.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {updatePane} from '../panes/pane-state.ts';
import {textOf} from '../panes/text-sources.ts';
import {createTop} from '../panes/top-view.ts';
import {createXmlViewer} from '../panes/xml-view.ts';
import type {ScreenTools} from '../screen-types.ts';
import {allowEnd, type ScreenTerminal} from '../terminal/screen-terminal.ts';
import {createPaneControl} from './pane-control.ts';

export type Views = ReturnType<typeof createViews>;

interface ViewsOptions extends Pick<ScreenTools, 'sandboxes' | 'session'> {
	readonly store: Store<ScreenState>;
	readonly theme: Theme;
	readonly keymap: Keymap;
	readonly terminal: ScreenTerminal;
	readonly signal: AbortSignal;
}

/** What lies beside the transcript: consoles and panes. */
export function createViews({sandboxes, session, store, theme, keymap, terminal, signal}: ViewsOptions) {
	const {escape} = terminal.guest;
	const endings: Array<() => Promise<readonly string[]>> = [];
	const consoles = createConsoleStore({sandboxes, signal, onChange: () => store.touch(), onBell: terminal.ring});
	const makeXml = createXmlViewer({session, sandboxes, theme, signal});

	/** Shows the XML as it is now, where a pane shows it. */
	async function refreshXml(): Promise<void> {
		const {panes: state, xml: before} = store.get();
		if (!state.panes.some(({kind}) => kind === 'xml')) {
			return;
		}
		const xml = await makeXml();
		if (xml !== before) {
			// What has changed comes into view.
			const first = xml.firstChange;
			const scroll = first === undefined ? (xml.name === before?.name ? undefined : 0) : Math.max(0, first - 3);
			const {panes: now} = store.get();
			store.update({xml, panes: scroll === undefined ? now : updatePane(now, 'xml', () => ({scroll}))});
		}
	}

	async function attach(key: string): Promise<void> {
		const loan = consoles.lend(key);
		if (loan !== undefined) {
			const spelled = /^\^.$/.test(escape) ? ` (Ctrl + ${escape.slice(1)})` : '';
			await terminal.lend(loan.session, `Connected to ${labelOfKey(key)}\r\nEscape character is ${escape}${spelled}\r\n`).finally(loan.giveBack);
			panes.fit();
		}
	}

	const showTop = createTop({sandboxes, uri: () => session.uri, theme, onRows: (rows) => store.update({top: rows})});
	signal.addEventListener('abort', () => showTop(false));
	const panes = createPaneControl({
		store,
		consoles,
		keymap,
		linesOf: (pane) => textOf(pane, store.get(), store.get().columns, {theme, keymap, escape}).rows,
		attach: (key) => void attach(key).catch(allowEnd),
		currentSandbox: () => session.current?.name,
		onPanes() {
			showTop(store.get().panes.panes.some(({kind}) => kind === 'top'));
			panes.fit();
			void refreshXml();
		},
	});
	return {
		consoles,
		panes,
		refreshXml,
		/** Has some work done when the session ends, before consoles are let go; it gives what is to be said of it. */
		atEnd: (work: () => Promise<readonly string[]>): void => void endings.push(work),
		/** Does that work. */
		end: async (): Promise<readonly string[]> => (await Promise.all(endings.map((work) => work()))).flat(),
		close(): void {
			showTop(false);
			consoles.close();
		},
	};
}
