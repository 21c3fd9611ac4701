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
	// A line may be the whole text: what was counted of it is not counted again.
	let counted = {start: 0, offset: 0, characters: 0};
	return (offset) => {
		let [low, high] = [0, starts.length - 1];
		while (low < high) {
			const middle = Math.ceil((low + high) / 2);
			if ((starts[middle] ?? 0) <= offset) low = middle;
			else high = middle - 1;
		}
		const start = starts[low] ?? 0;
		const known = counted.start === start && counted.offset <= offset ? counted : {start, offset: start, characters: 0};
		counted = {start, offset, characters: known.characters + countCharacters(text, known.offset, offset)};
		return {line: low + 1, column: counted.characters + 1};
	};
}

/** A character beyond the first 65,536 is two units of the text. */
function countCharacters(text: string, start: number, end: number): number {
	let count = end - start;
	for (let at = start; at < end - 1; at++) {
		if ((text.codePointAt(at) ?? 0) > 0xff_ff) {
			count--;
			at++;
		}
	}
	return count;
}
