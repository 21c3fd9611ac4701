import type {EditorState, Search} from './editor-state.ts';

/** Shows the older line that begins with what was typed; undefined: there is none. */
export function recallOlder(state: EditorState, withPrefix: boolean): EditorState | undefined {
	const {history, text} = state;
	const recall = state.recall ?? {index: history.length, prefix: withPrefix ? text : '', draft: text};
	const index = history.findLastIndex((line, at) => at < recall.index && line.startsWith(recall.prefix) && line !== text);
	return index === -1 ? undefined : show(state, history[index] ?? '', {...recall, index});
}

/** Shows the newer line, and after the last one what was being typed. */
export function recallNewer(state: EditorState): EditorState | undefined {
	const {recall, history, text} = state;
	if (recall === undefined) return undefined;
	const index = history.findIndex((line, at) => at > recall.index && line.startsWith(recall.prefix) && line !== text);
	if (index !== -1) return show(state, history[index] ?? '', {...recall, index});
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
	const index = state.history.findLastIndex((line, at) => at <= from && line.includes(search.query));
	if (index === -1) {
		return {...state, search: {...search, failed: true}};
	}
	const text = state.history[index] ?? '';
	return {...state, search: {...search, index, failed: false}, text, cursor: text.lastIndexOf(search.query)};
}

/** Leaves the search: with the line that was found, or as it was before. */
export function endSearch(state: EditorState, keep: boolean): EditorState {
	const {search} = state;
	if (search === undefined) {
		return state;
	}
	return keep ? {...state, search: undefined} : {...state, search: undefined, text: search.text, cursor: search.cursor};
}
