import {insertionOf, sharedStart} from '../../shell/complete/candidate-menu.ts';
import type {Completion} from '../../shell/complete/complete.ts';
import type {EditorState, EditorStep, Menu} from './editor-state.ts';
import {replace} from './edits.ts';

/** Takes up the candidates for the word at the cursor: the only one, what all share, or a menu. `quiet`: a menu only. */
export function offerCandidates(state: EditorState, offered: Completion, quiet: boolean): EditorStep {
	const {start, quote, candidates} = offered;
	const typed = state.text.slice(start, state.cursor);
	const menu: Menu = {candidates, selected: -1, start, end: state.cursor, quote, typed};
	const [only, ...others] = candidates;
	if (only === undefined) {
		return {state: {...state, menu: undefined}, ...(quiet ? {} : {effect: {kind: 'bell'}})};
	}
	if (quiet) {
		return {state: {...state, menu}};
	}
	if (others.length === 0) {
		return {state: {...replace(state, start, state.cursor, insertionOf(only, quote)), menu: undefined}};
	}
	const shared = sharedStart(offered, typed);
	if (shared !== undefined) {
		const grown = replace(state, start, state.cursor, shared);
		return {state: {...grown, menu: {...menu, end: grown.cursor, typed: shared}}};
	}
	return {state: {...state, menu}};
}

/** Chooses the next candidate (or the one before) and shows it in the line. */
export function selectCandidate(state: EditorState, menu: Menu, step: 1 | -1): EditorState {
	const count = menu.candidates.length;
	// One place between last and first is what was typed.
	const selected = ((menu.selected + 1 + step + count + 1) % (count + 1)) - 1;
	const chosen = menu.candidates[selected];
	const text = chosen === undefined ? menu.typed : insertionOf(chosen, menu.quote).trimEnd();
	const shown = replace(state, menu.start, menu.end, text);
	return {...shown, menu: {...menu, selected, end: shown.cursor}};
}

/** Takes what is chosen, and the menu away. */
export function acceptCandidate(state: EditorState, menu: Menu): EditorState {
	const chosen = menu.candidates[menu.selected];
	return chosen === undefined ? {...state, menu: undefined} : {...replace(state, menu.start, menu.end, insertionOf(chosen, menu.quote)), menu: undefined};
}
