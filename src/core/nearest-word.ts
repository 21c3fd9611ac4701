/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
export function editDistance(from: string, to: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({length: to.length + 1}, (_, column) => column);
	for (let row = 1; row <= from.length; row++) {
		const current = [row];
		for (let column = 1; column <= to.length; column++) {
			const same = from[row - 1] === to[column - 1];
			let cost = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1));
			if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
				cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
			}
			current.push(cost);
		}
		beforeLast = last;
		last = current;
	}
	return last[to.length] ?? 0;
}

/** The known word that a mistyped one most likely meant, or undefined where none is close. */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
	// Longer input is no typing mistake, and the distance costs its square.
	if (word === '' || word.length > 100) {
		return undefined;
	}
	const typed = word.toLowerCase();
	const limit = Math.max(1, Math.floor(typed.length / 3));
	let best: string | undefined;
	let bestDistance = Number.POSITIVE_INFINITY;
	for (const candidate of known) {
		const lower = candidate.toLowerCase();
		if (Math.abs(lower.length - typed.length) > limit && !(typed.length >= 2 && lower.startsWith(typed))) {
			continue;
		}
		const distance = typed.length >= 2 && lower.startsWith(typed) ? 0.5 : editDistance(typed, lower);
		if (distance <= limit && distance < bestDistance) {
			best = candidate;
			bestDistance = distance;
		}
	}
	return best;
}

/** The hint `Did you mean 'web'?` for a mistyped word, or undefined where no known word is close. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
	const nearest = nearestWord(word, known);
	return nearest === undefined ? undefined : `Did you mean '${nearest}'?`;
}
