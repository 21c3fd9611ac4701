/** Where a text is found next: an index of the lines, from one on in a direction; undefined: nowhere. Case does not matter. */
export function findLine(lines: readonly string[], text: string, from: number, step: 1 | -1): number | undefined {
	const wanted = text.toLowerCase();
	for (let index = from; index >= 0 && index < lines.length; index += step) {
		if (lines[index]?.toLowerCase().includes(wanted) === true) {
			return index;
		}
	}
	return undefined;
}
