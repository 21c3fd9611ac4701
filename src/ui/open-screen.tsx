import {createScreenCommands} from './commands/screen-commands.ts';
import {createTheme} from './draw/theme.ts';
import {readConfiguration, usualConfiguration} from './configuration.ts';
import {createKeymap} from './keys/key-table.ts';
import {createStore, initialState} from './model/screen-store.ts';
import {layoutPanes} from './panes/layout-panes.ts';
import {focusConsole, focusPane} from './panes/pane-state.ts';
import type {Screen, ScreenOptions, ScreenTools} from './screen-types.ts';
import {createViews, type Views} from './session/views.ts';
import {createDialogue} from './session/dialogue.ts';
import {lendPane} from './session/lend-pane.ts';
import {runScreen, type RunningSession} from './session/run-screen.tsx';
import {drawnSizeOf} from './terminal/screen-output.ts';
import {createScreenTerminal} from './terminal/screen-terminal.ts';
import {createTranscript} from './transcript/transcript.ts';

/** Makes the screen on a terminal; throws a usage error for a configuration that means nothing. Nothing is drawn, and the terminal is as it was, until its session runs. */
export function openScreen(options: ScreenOptions): Screen {
	const {output, colour, configuration} = options;
	const {keys, mouse, theme: looks} = configuration === undefined ? usualConfiguration : readConfiguration(configuration.value, configuration.file);
	const theme = createTheme(colour, looks);
	const transcript = createTranscript();
	const {columns, rows} = drawnSizeOf(output);
	const store = createStore(initialState(columns, rows, []));
	const keymap = createKeymap(keys);
	const gone = new AbortController();
	let tellGone = (): void => {};
	let views: Views | undefined;
	const running: RunningSession = {onKeys() {}, runner: undefined, restore() {}, isOver: false};
	/** What is said after the session's end comes below what it left on the terminal. */
	const write = (chunk: Uint8Array, stream: 'stdout' | 'stderr'): undefined => {
		if (running.isOver) {
			output.write(chunk);
		} else {
			transcript.write(chunk, stream);
		}
		return undefined;
	};
	transcript.onChange(() => store.touch());
	output.on('resize', () => store.update(drawnSizeOf(output)));

	const terminal = createScreenTerminal(
		{...options, mouse},
		{
			onKeys: (keys) => running.onKeys(keys),
			onEnd() {
				tellGone();
				gone.abort();
			},
			onBack: () => store.update(drawnSizeOf(output)),
			console: () => views?.panes.typed()?.key,
			toConsole(key, bytes) {
				views?.consoles.type(key, bytes);
				views?.panes.showEnd();
			},
			leave: () => views?.panes.update((panes) => focusPane(panes, undefined)),
			enterAgain: (key) => views?.panes.update((panes) => focusConsole(panes, key)),
		},
	);
	const dialogue = createDialogue(store, transcript);
	const viewsFor = (tools: Pick<ScreenTools, 'sandboxes' | 'session'>): Views =>
		(views ??= createViews({...tools, store, theme, keymap, terminal, signal: gone.signal}));

	return {
		stdout: {write: (chunk) => write(chunk, 'stdout')},
		stderr: {write: (chunk) => write(chunk, 'stderr')},
		watch: (sink) => ({
			...sink,
			write(part) {
				if (part.kind === 'progress') {
					store.update({phase: part.phase});
				}
				return sink.write(part);
			},
		}),
		commands(tools) {
			return createScreenCommands({...tools, views: viewsFor(tools), store, runner: () => running.runner});
		},
		width() {
			const {panes, columns: wide, rows: high} = store.get();
			return layoutPanes(panes, wide, high - 1).main?.width ?? wide;
		},
		terminal: terminal.guest,
		paneFor(sandbox) {
			if (views === undefined) {
				throw new TypeError('A screen has no panes before its session');
			}
			return lendPane(views, sandbox, terminal.guest.escape);
		},
		ask: (question) => dialogue.ask(question),
		feed: (stdin) => dialogue.feed(stdin),
		run(session) {
			tellGone = session.onGone;
			if (gone.signal.aborted) tellGone();
			const signal = AbortSignal.any([session.signal, gone.signal]);
			const parts = {...options, store, transcript, theme, keymap, terminal, dialogue, views: viewsFor(session), signal, running};
			return runScreen(parts, session);
		},
		interrupt: () => terminal.interrupt(),
		renew: () => terminal.renew(),
		restore: () => running.restore(),
	};
}
