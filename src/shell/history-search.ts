/** Looks back through the history for what stands on the line, one line further with each call. */
export function createSearch() {
	let wanted: string | undefined;
	let seen = new Set<string>();
	return {
		/** The next older line that holds the text the search began with; undefined: there is none. `lines`: oldest first. */
		next(typed: string, lines: readonly string[]): string | undefined {
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
		/** Another key was pressed. */
		end(): undefined {
			wanted = undefined;
		},
	};
}
