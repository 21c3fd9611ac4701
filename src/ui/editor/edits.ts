import type {EditorState} from './editor-state.ts';
import {nextOffset, previousOffset, wordEnd} from './text-motion.ts';

/** Steps that ^_ takes back. */
const keptSteps = 200;
const keptKills = 20;

/** Puts a text in place of a part of the line, with the cursor behind it. */
export function replace(state: EditorState, start: number, end: number, text: string): EditorState {
	return {
		...state,
		text: state.text.slice(0, start) + text + state.text.slice(end),
		cursor: start + text.length,
		past: [{text: state.text, cursor: state.cursor}, ...state.past].slice(0, keptSteps),
		recall: undefined,
		chain: undefined,
	};
}

export function moveTo(state: EditorState, cursor: number): EditorState {
	return {...state, cursor: Math.max(0, Math.min(state.text.length, cursor)), chain: undefined};
}

/** Takes a part out of the line; what one key after another takes is one text of the ring. */
export function kill(state: EditorState, start: number, end: number): EditorState {
	if (start === end) {
		return state;
	}
	const killed = state.text.slice(start, end);
	const [last = '', ...older] = state.kills;
	const kills =
		state.chain?.kind === 'kill'
			? [end <= state.cursor && start < state.cursor ? killed + last : last + killed, ...older]
			: [killed, ...state.kills].slice(0, keptKills);
	return {...replace(state, start, end, ''), kills, chain: {kind: 'kill'}};
}

/** Puts the last killed text in. */
export function yank(state: EditorState): EditorState {
	const [text] = state.kills;
	return text === undefined ? state : {...replace(state, state.cursor, state.cursor, text), chain: {kind: 'yank', start: state.cursor, ring: 0}};
}

/** Puts the killed text before the one that was just put in. */
export function yankPop(state: EditorState): EditorState {
	const {chain, kills} = state;
	if (chain?.kind !== 'yank' || kills.length === 0) {
		return state;
	}
	const ring = (chain.ring + 1) % kills.length;
	return {...replace(state, chain.start, state.cursor, kills[ring] ?? ''), chain: {kind: 'yank', start: chain.start, ring}};
}

/** Swaps the characters around the cursor. */
export function transpose(state: EditorState): EditorState {
	const {text, cursor} = state;
	const middle = cursor === text.length ? previousOffset(text, cursor) : cursor;
	if (middle === 0) {
		return state;
	}
	const start = previousOffset(text, middle);
	const end = nextOffset(text, middle);
	return replace(state, start, end, text.slice(middle, end) + text.slice(start, middle));
}

/** Puts the last word of an older line in; again: that of one older still. */
export function insertLastWord(state: EditorState): EditorState {
	const {chain, cursor, history} = state;
	const back = chain?.kind === 'last-word' ? chain.back + 1 : 1;
	const start = chain?.kind === 'last-word' ? chain.start : cursor;
	const line = history[history.length - back];
	const word = line === undefined ? undefined : lastWord(line);
	return word === undefined ? state : {...replace(state, start, cursor, word), chain: {kind: 'last-word', start, back}};
}

function lastWord(line: string): string | undefined {
	return /(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+\s*$/.exec(line)?.[0].trimEnd();
}

/** Changes the case of the word from the cursor on. */
export function changeWord(state: EditorState, change: (word: string) => string): EditorState {
	const {text, cursor} = state;
	const end = wordEnd(text, cursor);
	return end === cursor ? state : replace(state, cursor, end, change(text.slice(cursor, end)));
}

export function undo(state: EditorState): EditorState {
	const [last, ...past] = state.past;
	return last === undefined ? state : {...state, ...last, past, chain: undefined, recall: undefined};
}
