/** Where an offset of a text is, for people: both count from 1. */
export interface LinePlace {
	readonly line: number;
	/** In characters. */
	readonly column: number;
}

/** Finds the places of a text. */
export function placesIn(text: string): (offset: number) => LinePlace {
	const starts = [0];
	for (let next = text.indexOf('\n'); next !== -1; next = text.indexOf('\n', next + 1)) starts.push(next + 1);
	return (offset) => {
		let [low, high] = [0, starts.length - 1];
		while (low < high) {
			const middle = Math.ceil((low + high) / 2);
			if ((starts[middle] ?? 0) <= offset) low = middle;
			else high = middle - 1;
		}
		return {line: low + 1, column: Array.from(text.slice(starts[low], offset)).length + 1};
	};
}
