import {isUnfinished} from '../../shell/language/tokenise.ts';
import type {Key} from '../keys/decode-keys.ts';
import type {Action, Keymap} from '../keys/key-table.ts';
import type {EditorState, EditorStep} from './editor-state.ts';
import {changeWord, insertLastWord, kill, moveTo, replace, transpose, undo, yank, yankPop} from './edits.ts';
import {acceptCandidate, selectCandidate} from './menu.ts';
import {endSearch, recallNewer, recallOlder, searchFor, searchOlder} from './recall.ts';
import {blankWordStart, cleanInput, lineBounds, nextOffset, previousOffset, wordEnd, wordStart} from './text-motion.ts';

const bell: EditorStep['effect'] = {kind: 'bell'};

/** What a key makes of the line. Keys that mean nothing here leave it as it is. */
export function reduceEditor(state: EditorState, key: Key, keymap: Keymap): EditorStep {
	switch (key.kind) {
		case 'text':
		case 'paste':
			return insert(state, cleanInput(key.text), key.kind === 'paste');
		case 'key': {
			const action = keymap.find('line', key.name);
			return action === undefined ? {state} : act(state, action);
		}
		case 'mouse':
			return {state};
	}
}

function insert(state: EditorState, text: string, pasted: boolean): EditorStep {
	if (state.search !== undefined && !pasted) {
		return {state: searchFor(state, state.search, state.search.query + text)};
	}
	const open = endSearch(state, true);
	const next = replace(open, open.cursor, open.cursor, text);
	return open.menu === undefined || pasted ? {state: {...next, menu: undefined}} : {state: next, effect: {kind: 'complete', quiet: true}};
}

function act(state: EditorState, action: Action): EditorStep {
	const inSearch = state.search === undefined ? undefined : actInSearch(state, state.search, action);
	if (inSearch !== undefined) {
		return inSearch;
	}
	const open = endSearch(state, true);
	const inMenu = open.menu === undefined ? undefined : actInMenu(open, open.menu, action);
	return inMenu ?? actInLine({...open, menu: undefined}, action);
}

/** ^R was pressed. Undefined: the key leaves the search and means what it means in the line. */
function actInSearch(state: EditorState, search: NonNullable<EditorState['search']>, action: Action): EditorStep | undefined {
	switch (action) {
		case 'search': {
			const next = searchOlder(state);
			return next.search?.failed === true ? {state: next, effect: bell} : {state: next};
		}
		case 'delete-back':
			return {state: searchFor(state, {...search, query: ''}, [...search.query].slice(0, -1).join(''))};
		case 'leave':
			return {state: endSearch(state, false)};
		default:
			return undefined;
	}
}

/** A menu is open. Undefined: the key closes it and means what it means in the line. */
function actInMenu(state: EditorState, menu: NonNullable<EditorState['menu']>, action: Action): EditorStep | undefined {
	switch (action) {
		case 'complete':
		case 'newer':
		case 'next':
			return {state: selectCandidate(state, menu, 1)};
		case 'complete-back':
		case 'older':
		case 'previous':
			return {state: selectCandidate(state, menu, -1)};
		case 'submit':
			return menu.selected === -1 ? undefined : {state: acceptCandidate(state, menu)};
		case 'leave':
			return {state: {...replace(state, menu.start, menu.end, menu.typed), menu: undefined}};
		case 'delete-back': {
			const step = actInLine(state, action);
			return step.state.cursor < menu.start ? undefined : {...step, effect: {kind: 'complete', quiet: true}};
		}
		default:
			return undefined;
	}
}

/** What a key makes of the line, where it asks nothing of those around. */
const edits: Readonly<Partial<Record<Action, (state: EditorState, text: string, cursor: number) => EditorState>>> = {
	'line-start': (state, text, cursor) => moveTo(state, lineBounds(text, cursor).start),
	'line-end': (state, text, cursor) => moveTo(state, lineBounds(text, cursor).end),
	back: (state, text, cursor) => moveTo(state, previousOffset(text, cursor)),
	forward: (state, text, cursor) => moveTo(state, nextOffset(text, cursor)),
	'word-back': (state, text, cursor) => moveTo(state, wordStart(text, cursor)),
	'word-forward': (state, text, cursor) => moveTo(state, wordEnd(text, cursor)),
	'kill-word-back': (state, text, cursor) => kill(state, blankWordStart(text, cursor), cursor),
	'kill-name-back': (state, text, cursor) => kill(state, wordStart(text, cursor), cursor),
	'kill-word': (state, text, cursor) => kill(state, cursor, wordEnd(text, cursor)),
	'kill-to-start'(state, text, cursor) {
		const {start} = lineBounds(text, cursor);
		return kill(state, start === cursor ? previousOffset(text, cursor) : start, cursor);
	},
	'kill-to-end'(state, text, cursor) {
		const {end} = lineBounds(text, cursor);
		return kill(state, cursor, end === cursor ? nextOffset(text, cursor) : end);
	},
	yank,
	'yank-older': yankPop,
	transpose,
	'last-word': insertLastWord,
	upper: (state) => changeWord(state, (word) => word.toUpperCase()),
	lower: (state) => changeWord(state, (word) => word.toLowerCase()),
	undo,
	newline: (state, _text, cursor) => replace(state, cursor, cursor, '\n'),
	search: searchOlder,
};

function actInLine(state: EditorState, action: Action): EditorStep {
	const {text, cursor} = state;
	switch (action) {
		case 'delete-back':
			return cursor === 0 ? {state, effect: bell} : {state: replace(state, previousOffset(text, cursor), cursor, '')};
		case 'delete-or-end':
			return text === '' ? {state, effect: {kind: 'end'}} : deleteForward(state);
		case 'delete-forward':
			return deleteForward(state);
		case 'submit':
			return isUnfinished(text) ? {state: replace(moveTo(state, text.length), text.length, text.length, '\n')} : submit(state);
		case 'older':
			return moveRow(state, -1) ?? recalled(state, recallOlder(state, cursor === text.length));
		case 'newer':
			return moveRow(state, 1) ?? recalled(state, recallNewer(state));
		case 'previous':
			return recalled(state, recallOlder(state, false));
		case 'next':
			return recalled(state, recallNewer(state));
		case 'complete':
			return {state, effect: {kind: 'complete', quiet: false}};
		case 'clear-screen':
			return {state, effect: {kind: 'clear-screen'}};
		default:
			return {state: edits[action]?.(state, text, cursor) ?? state};
	}
}

function deleteForward(state: EditorState): EditorStep {
	const {text, cursor} = state;
	return cursor === text.length ? {state, effect: bell} : {state: {...replace(state, cursor, nextOffset(text, cursor), ''), cursor}};
}

function recalled(state: EditorState, next: EditorState | undefined): EditorStep {
	return next === undefined ? {state, effect: bell} : {state: next};
}

/** Up and down within a text of several lines; undefined: there is no line there. A line that was recalled is left by the next key. */
function moveRow(state: EditorState, step: 1 | -1): EditorStep | undefined {
	const {text, cursor, recall} = state;
	const bounds = lineBounds(text, cursor);
	if (recall !== undefined || (step === -1 ? bounds.start === 0 : bounds.end === text.length)) {
		return undefined;
	}
	const target = lineBounds(text, step === -1 ? bounds.start - 1 : bounds.end + 1);
	return {state: moveTo(state, Math.min(target.start + cursor - bounds.start, target.end))};
}

/** Hands the line over, whatever stands in it. */
export function submit(state: EditorState): EditorStep {
	return {
		state: {...state, text: '', cursor: 0, recall: undefined, search: undefined, menu: undefined, chain: undefined, past: []},
		effect: {kind: 'submit', text: state.text},
	};
}
