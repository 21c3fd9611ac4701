import {useSyncExternalStore} from 'react';
import {Box, Text, useCursor} from 'ink';
import type {Command} from '../../commands/command.ts';
import {labelOf, takesKeys, type ConsoleEntry} from '../consoles/console-entry.ts';
import type {Theme} from '../draw/theme.ts';
import type {Keymap} from '../keys/key-table.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {layoutPanes, type Rect} from '../panes/layout-panes.ts';
import {focusedPane} from '../panes/pane-state.ts';
import {textOf} from '../panes/text-sources.ts';
import {consoleOf, viewPane} from '../panes/view-pane.ts';
import {viewPrompt} from '../prompt/view-prompt.ts';
import {viewStatus} from '../status/view-status.ts';
import type {Transcript} from '../transcript/transcript.ts';
import {viewTranscript, type Wrapper} from '../transcript/view-transcript.ts';

interface AppParts {
	readonly store: Store<ScreenState>;
	readonly transcript: Transcript;
	readonly wrap: Wrapper;
	readonly commands: readonly Command[];
	readonly consoles: () => readonly ConsoleEntry[];
	readonly theme: Theme;
	readonly keymap: Keymap;
	/** The key that leaves a console, in hat notation. */
	readonly escape: string;
}

interface Place {
	readonly x: number;
	readonly y: number;
}

/** The whole screen, exactly as large as the terminal. */
export function App(parts: AppParts) {
	const {store, theme, escape} = parts;
	const state = useSyncExternalStore(store.subscribe, store.get);
	const {setCursorPosition} = useCursor();
	const {columns, rows, panes} = state;
	const {main, panes: shown} = layoutPanes(panes, columns, rows - 1);
	const consoles = parts.consoles();
	const seen = new Set(shown.flatMap(({pane}) => consoleOf(pane, panes, consoles) ?? []));
	const sources = {
		consoles,
		seen,
		theme,
		text: (pane: (typeof shown)[number]['pane'], width: number) => textOf(pane, state, width, parts),
	};
	const drawn = shown.map(({pane, rect}) => ({id: pane.id, rect, ...viewPane(pane, panes, rect, sources)}));
	const prompt = main === undefined ? undefined : viewMain(parts, state, main);
	const focused = drawn.find(({id}) => id === panes.focus);
	setCursorPosition(panes.focus === undefined ? prompt?.cursor : shift(focused?.cursor, focused?.rect));
	const status = viewStatus({
		state,
		theme,
		hidden: main === undefined || shown.length === 0 ? 0 : panes.panes.length - shown.length,
		hint: hintOf(state, sources.consoles, escape),
		unread: consoles
			.filter((entry) => ((entry.unread && entry.state === 'open') || entry.news) && !seen.has(entry))
			.map((entry) => `${entry.number} ${labelOf(entry, consoles)}${entry.news ? ' (ended)' : ''}`),
	});
	return (
		<Box width={columns} height={rows} overflow="hidden">
			{main !== undefined && prompt !== undefined && <Area rect={main} rows={prompt.rows} />}
			{drawn.map(({id, rect, rows: own}) => (
				<Area key={id} rect={rect} rows={own} bar={rect.x > 0} theme={theme} />
			))}
			<Area rect={{x: 0, y: rows - 1, width: columns, height: 1}} rows={[status]} />
		</Box>
	);
}

/** Rows at a place; with a bar on the left of it. */
function Area({rect, rows, bar = false, theme}: {readonly rect: Rect; readonly rows: readonly string[]; readonly bar?: boolean; readonly theme?: Theme}) {
	return (
		<>
			{bar && theme !== undefined && (
				<Box position="absolute" left={rect.x - 1} top={rect.y}>
					<Rows rows={Array.from({length: rect.height}, () => theme.quiet('│'))} width={1} height={rect.height} />
				</Box>
			)}
			<Box position="absolute" left={rect.x} top={rect.y}>
				<Rows rows={rows} width={rect.width} height={rect.height} />
			</Box>
		</>
	);
}

function shift(place: Place | undefined, rect: Rect | undefined): Place | undefined {
	return place === undefined || rect === undefined ? undefined : {x: place.x + rect.x, y: place.y + rect.y};
}

/** Before lines that are no commands. */
const prompts = {off: undefined, on: 'input> ', over: 'not run> '} as const;

/** What commands wrote, the prompt right below it, and what helps to type. */
function viewMain({transcript, wrap, commands, theme}: AppParts, state: ScreenState, {x, y, width, height}: Rect): {rows: readonly string[]; cursor: Place} {
	const prompt = viewPrompt({
		editor: state.editor,
		prompt: state.question ?? prompts[state.input] ?? state.prompt,
		commands,
		width,
		height: Math.max(2, Math.floor(height * 0.6)),
		theme: state.running === undefined || state.question !== undefined || state.input !== 'off' ? theme : {...theme, prompt: theme.quiet},
		explain: state.question === undefined && state.input === 'off',
	});
	const view = viewTranscript(transcript.lines(), wrap, {width, height: height - prompt.rows.length - prompt.below.length, scroll: state.scroll});
	return {rows: [...view.rows, ...prompt.rows, ...prompt.below], cursor: {x: x + prompt.cursor.x, y: y + view.rows.length + prompt.cursor.y}};
}

function hintOf(state: ScreenState, consoles: readonly ConsoleEntry[], escape: string): string {
	const {running, question, feeding, input, editor, panes, finding, scroll} = state;
	if (question !== undefined) {
		return 'y yes  n no';
	}
	if (finding !== undefined) {
		return 'Enter search  Esc leave';
	}
	const pane = focusedPane(panes);
	if (pane !== undefined) {
		const entry = consoleOf(pane, panes, consoles);
		if (entry !== undefined && !panes.reading && takesKeys(entry)) {
			return `${escape} back to the prompt`;
		}
		return `${entry !== undefined && entry.state === 'open' && !entry.writable ? 'takes no input  ' : ''}Esc back  x close`;
	}
	if (editor.menu !== undefined) {
		return 'Tab next  Enter take  Esc leave';
	}
	if (editor.search !== undefined) {
		return '^R older  Enter run  Esc leave';
	}
	if (input !== 'off') {
		return input === 'on' ? '^D end of input  M-i commands' : 'M-i back to commands';
	}
	if (feeding) {
		return 'M-i input  ^C cancel';
	}
	if (scroll > 0) {
		return `↑${scroll}  PgDn on`;
	}
	return running === undefined ? 'F1 keys' : '^C cancel';
}

/** Rows of styled text that fit the width already, one below another, in a box of exactly so many cells. */
function Rows({rows, width, height}: {readonly rows: readonly string[]; readonly width: number; readonly height: number}) {
	return (
		<Box width={width} height={height} flexDirection="column" flexShrink={0} overflow="hidden">
			{rows.slice(0, height).map((row, index) => (
				// oxlint-disable-next-line react/no-array-index-key -- A row is its place: nothing of it lives on.
				<Text key={index} wrap="truncate">
					{row === '' ? ' ' : row}
				</Text>
			))}
		</Box>
	);
}
