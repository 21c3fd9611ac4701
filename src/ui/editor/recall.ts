import type {EditorState, Search} from './editor-state.ts';

/** Shows the older line that begins with what was typed; undefined: there is none. */
export function recallOlder(state: EditorState, withPrefix: boolean): EditorState | undefined {
	const recall = state.recall ?? {index: state.history.length, prefix: withPrefix ? state.text : '', draft: state.text};
	for (let index = recall.index - 1; index >= 0; index--) {
		const line = state.history[index] ?? '';
		if (line.startsWith(recall.prefix) && line !== state.text) {
			return show(state, line, {...recall, index});
		}
	}
	return undefined;
}

/** Shows the newer line, and after the last one what was being typed. */
export function recallNewer(state: EditorState): EditorState | undefined {
	const {recall, history} = state;
	if (recall === undefined) {
		return undefined;
	}
	for (let index = recall.index + 1; index < history.length; index++) {
		const line = history[index] ?? '';
		if (line.startsWith(recall.prefix) && line !== state.text) {
			return show(state, line, {...recall, index});
		}
	}
	return {...state, text: recall.draft, cursor: recall.draft.length, recall: undefined, chain: undefined};
}

function show(state: EditorState, text: string, recall: EditorState['recall']): EditorState {
	return {...state, text, cursor: text.length, recall, chain: undefined, menu: undefined};
}

/** Begins to look for a line, or goes on to an older one. */
export function searchOlder(state: EditorState): EditorState {
	const {search} = state;
	if (search === undefined) {
		return {...state, search: {query: '', index: undefined, failed: false, text: state.text, cursor: state.cursor}, menu: undefined, chain: undefined};
	}
	return find(state, search, (search.index ?? state.history.length) - 1);
}

/** Looks for what is typed now, from where it was found last. */
export function searchFor(state: EditorState, search: Search, query: string): EditorState {
	return find(state, {...search, query}, query.startsWith(search.query) ? (search.index ?? state.history.length - 1) : state.history.length - 1);
}

function find(state: EditorState, search: Search, from: number): EditorState {
	if (search.query === '') {
		return {...state, search: {...search, index: undefined, failed: false}, text: search.text, cursor: search.cursor};
	}
	for (let index = from; index >= 0; index--) {
		const line = state.history[index] ?? '';
		const at = line.lastIndexOf(search.query);
		if (at !== -1) {
			return {...state, search: {...search, index, failed: false}, text: line, cursor: at};
		}
	}
	return {...state, search: {...search, failed: true}};
}

/** Leaves the search: with the line that was found, or as it was before. */
export function endSearch(state: EditorState, keep: boolean): EditorState {
	const {search} = state;
	if (search === undefined) {
		return state;
	}
	return keep ? {...state, search: undefined} : {...state, search: undefined, text: search.text, cursor: search.cursor};
}
