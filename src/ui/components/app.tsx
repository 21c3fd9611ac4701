import {useSyncExternalStore} from 'react';
import {Box, useCursor} from 'ink';
import type {Command} from '../../commands/command.ts';
import type {Theme} from '../draw/theme.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {viewPrompt} from '../prompt/view-prompt.ts';
import {viewStatus} from '../status/view-status.ts';
import type {Transcript} from '../transcript/transcript.ts';
import {viewTranscript, type Wrapper} from '../transcript/view-transcript.ts';
import {Rows} from './rows.tsx';

export interface AppParts {
	readonly store: Store<ScreenState>;
	readonly transcript: Transcript;
	readonly wrap: Wrapper;
	readonly commands: readonly Command[];
	readonly theme: Theme;
}

/** The whole screen, exactly as large as the terminal. */
export function App(parts: AppParts) {
	const {store, theme} = parts;
	const state = useSyncExternalStore(store.subscribe, store.get);
	const {columns, rows} = state;
	return (
		<Box width={columns} height={rows} flexDirection="column" overflow="hidden">
			<Main parts={parts} state={state} width={columns} height={rows - 1} />
			<Rows rows={[viewStatus({state, theme, hint: hintOf(state), unread: []})]} width={columns} height={1} />
		</Box>
	);
}

/** What commands wrote, the prompt right below it, and what helps to type. */
function Main({parts, state, width, height}: {readonly parts: AppParts; readonly state: ScreenState; readonly width: number; readonly height: number}) {
	const {transcript, wrap, commands, theme} = parts;
	const {setCursorPosition} = useCursor();
	const prompt = viewPrompt({
		editor: state.editor,
		prompt: state.question ?? state.prompt,
		commands,
		width,
		height: Math.max(2, Math.floor(height * 0.6)),
		theme,
		explain: state.question === undefined && !state.feeding,
	});
	const view = viewTranscript(transcript.lines(), wrap, {width, height: height - prompt.rows.length - prompt.below.length, scroll: state.scroll});
	setCursorPosition({x: prompt.cursor.x, y: view.rows.length + prompt.cursor.y});
	return <Rows rows={[...view.rows, ...prompt.rows, ...prompt.below]} width={width} height={height} />;
}

function hintOf({running, question, feeding, editor}: ScreenState): string {
	if (question !== undefined) {
		return 'y yes  n no';
	}
	if (editor.menu !== undefined) {
		return 'Tab next  Enter take  Esc leave';
	}
	if (editor.search !== undefined) {
		return '^R older  Enter run  Esc leave';
	}
	if (feeding) {
		return '^D end of input  ^C cancel';
	}
	return running === undefined ? 'F1 keys' : '^C cancel';
}
