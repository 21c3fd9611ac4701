import type {Candidate} from '../../commands/completion.ts';

/** Candidates shown below the line. */
export interface Menu {
	readonly candidates: readonly Candidate[];
	/** -1: none is chosen yet. */
	readonly selected: number;
	/** Where the word that they replace begins and ended when they were asked for. */
	readonly start: number;
	readonly end: number;
	readonly quote: '"' | "'" | undefined;
	/** The word as it was typed. */
	readonly typed: string;
}

/** ^R: what is looked for, and where it was found. */
export interface Search {
	readonly query: string;
	/** Index in the history; undefined: nothing was found yet. */
	readonly index: number | undefined;
	readonly failed: boolean;
	/** What stood in the line before. */
	readonly text: string;
	readonly cursor: number;
}

/** A way through the history. */
interface Recall {
	readonly index: number;
	/** Only lines that begin with it. */
	readonly prefix: string;
	readonly draft: string;
}

/** The line that is being typed. Offsets are UTF-16 units. */
export interface EditorState {
	readonly text: string;
	readonly cursor: number;
	/** Oldest first. */
	readonly history: readonly string[];
	readonly recall: Recall | undefined;
	readonly search: Search | undefined;
	readonly menu: Menu | undefined;
	/** Killed texts, the last one first. */
	readonly kills: readonly string[];
	/** What the last key did, where the next one goes on with it. */
	readonly chain:
		| {readonly kind: 'kill'}
		| {readonly kind: 'yank'; readonly start: number; readonly ring: number}
		| {readonly kind: 'last-word'; readonly start: number; readonly back: number}
		| undefined;
	readonly past: ReadonlyArray<Pick<EditorState, 'text' | 'cursor'>>;
}

/** What a key asks of those around the editor. */
export type EditorEffect =
	| {readonly kind: 'submit'; readonly text: string}
	/** Candidates for the word at the cursor; `quiet`: to refresh the menu only. */
	| {readonly kind: 'complete'; readonly quiet: boolean}
	/** ^D in an empty line. */
	| {readonly kind: 'end'}
	| {readonly kind: 'clear-screen'}
	| {readonly kind: 'bell'};

export interface EditorStep {
	readonly state: EditorState;
	readonly effect?: EditorEffect | undefined;
}

/** An empty line. */
export function emptyEditor(history: readonly string[] = []): EditorState {
	return {text: '', cursor: 0, history, recall: undefined, search: undefined, menu: undefined, kills: [], chain: undefined, past: []};
}
