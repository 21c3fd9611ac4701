import {within} from '../../core/within.ts';
import type {Completion} from '../../shell/complete/complete.ts';
import type {EditorEffect, EditorState} from '../editor/editor-state.ts';
import {offerCandidates} from '../editor/menu.ts';
import {reduceEditor, submit} from '../editor/reduce-editor.ts';
import type {Key} from '../keys/decode-keys.ts';
import type {Action, Keymap} from '../keys/key-table.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';

/** What keys do that the line does not do itself. */
interface KeyActions {
	submit(text: string): void;
	end(): void;
	/** ^C: ends what runs; false: nothing does. */
	cancel(): boolean;
	clearTranscript(): void;
	answer(yes: boolean): void;
	complete(text: string): Promise<Completion>;
	/** An action of the screen, but cancel and scrolling. */
	act(action: Action): void;
	/** A key while a pane has the keys; gives back what of it is not the pane's. */
	takeInPane(key: Key): Key | undefined;
	mouse(key: Extract<Key, {kind: 'mouse'}>): void;
	bell(): void;
}

/** How long keys wait for candidates, in milliseconds. */
const patienceMs = 1500;

/** Takes keys, one after another; those that come while candidates are looked up wait. */
export function createKeyHandler(store: Store<ScreenState>, keymap: Keymap, actions: KeyActions): (keys: readonly Key[]) => void {
	const waiting: Key[] = [];
	let busy = false;

	function take(whole: Key): Promise<void> | undefined {
		if (whole.kind === 'mouse') {
			actions.mouse(whole);
			return undefined;
		}
		if (store.get().question !== undefined) {
			answer(whole);
			return undefined;
		}
		const key = actions.takeInPane(whole);
		if (key === undefined) {
			return undefined;
		}
		const state = store.get();
		const action = key.kind === 'key' ? keymap.find('screen', key.name) : undefined;
		if (action !== undefined) {
			actOnScreen(state, action);
			return undefined;
		}
		if (key.kind === 'text' && key.text === '?' && state.editor.text === '' && state.editor.search === undefined && state.input === 'off') {
			actions.act('help');
			return undefined;
		}
		const step = isInputLine(state, key) ? submit(state.editor) : reduceEditor(state.editor, key, keymap);
		store.update({editor: step.state, message: undefined, scroll: 0});
		return step.effect === undefined ? undefined : handle(step.effect, step.state);
	}

	/** Enter at a line for a command, to which an open quote is a character like every other. */
	function isInputLine({input, editor}: ScreenState, key: Key): boolean {
		const isEnter = key.kind === 'key' && keymap.find('line', key.name) === 'submit';
		return isEnter && input !== 'off' && editor.menu === undefined && editor.search === undefined;
	}

	function answer(key: Key): void {
		if (key.kind === 'text' && /^[yn]$/i.test(key.text)) {
			actions.answer(key.text.toLowerCase() === 'y');
		} else if (key.kind === 'key' && (key.name === 'escape' || key.name === 'ctrl-c' || key.name === 'ctrl-g' || key.name === 'ctrl-d')) {
			actions.answer(false);
		}
	}

	function scroll(rows: number): void {
		store.update({scroll: Math.max(0, store.get().scroll + rows)});
	}

	function actOnScreen(state: ScreenState, action: Action): void {
		const page = Math.max(1, state.rows - 4);
		switch (action) {
			case 'cancel':
				if (!actions.cancel()) {
					const {editor} = state;
					store.update({
						editor: {...editor, text: '', cursor: 0, menu: undefined, search: undefined, recall: undefined, chain: undefined},
						scroll: 0,
					});
				}
				return;
			case 'page-up':
				scroll(page);
				return;
			case 'page-down':
				scroll(-page);
				return;
			default:
				actions.act(action);
		}
	}

	function handle(effect: EditorEffect, editor: EditorState): Promise<void> | undefined {
		switch (effect.kind) {
			case 'submit':
				actions.submit(effect.text);
				return undefined;
			case 'complete':
				return complete(editor, effect.quiet);
			case 'end':
				actions.end();
				return undefined;
			case 'clear-screen':
				actions.clearTranscript();
				return undefined;
			case 'bell':
				actions.bell();
				return undefined;
		}
	}

	async function complete(editor: EditorState, quiet: boolean): Promise<void> {
		const completing = actions.complete(editor.text.slice(0, editor.cursor)).catch(() => undefined);
		const completion = (await within(completing, patienceMs)) ? await completing : undefined;
		if (completion === undefined) {
			return;
		}
		const step = offerCandidates(editor, completion, quiet);
		store.update({editor: step.state});
		if (step.effect?.kind === 'bell') {
			actions.bell();
		}
	}

	function next(): void {
		while (!busy) {
			const key = waiting.shift();
			if (key === undefined) {
				return;
			}
			const work = take(key);
			if (work !== undefined) {
				busy = true;
				void work.finally(() => {
					busy = false;
					next();
				});
			}
		}
	}

	return (keys) => {
		// ^C does not wait.
		if (busy && keys.some((key) => key.kind === 'key' && key.name === 'ctrl-c')) {
			waiting.length = 0;
			actions.cancel();
			return;
		}
		waiting.push(...keys);
		next();
	};
}
