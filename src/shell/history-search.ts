/** Looks back through the history for what stands on the line, one line further with each call. */
interface HistorySearch {
	/** The next older line that holds the text the search began with; undefined: there is none. `lines`: oldest first. */
	next(typed: string, lines: readonly string[]): string | undefined;
	/** Another key was pressed. */
	end(): undefined;
}

export function createSearch(): HistorySearch {
	let wanted: string | undefined;
	let seen = new Set<string>();
	return {
		next(typed, lines) {
			if (wanted === undefined) {
				wanted = typed;
				seen = new Set([typed]);
			}
			const sought = wanted;
			const found = lines.findLast((line) => line.includes(sought) && !seen.has(line));
			if (found !== undefined) {
				seen.add(found);
			}
			return found;
		},
		end() {
			wanted = undefined;
		},
	};
}
