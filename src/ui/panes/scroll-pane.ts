import type {Pane} from './pane-state.ts';

/** What of a pane scrolls. */
export interface Extent {
	/** Plain text, oldest first. */
	readonly lines: readonly string[];
	/** How far it can be scrolled. */
	readonly most: number;
	/** Scrolling counts from the end: consoles and events. */
	readonly fromEnd: boolean;
}

/** Where a pane is scrolled to by some rows on (back, when less than 0), or to an end. */
export function scrollTo({scroll}: Pick<Pane, 'scroll'>, {most, fromEnd}: Pick<Extent, 'most' | 'fromEnd'>, rows: number | 'start' | 'end'): number {
	const now = Math.min(scroll, most);
	const target = rows === 'start' ? (fromEnd ? most : 0) : rows === 'end' ? (fromEnd ? 0 : most) : now + (fromEnd ? -rows : rows);
	return Math.max(0, Math.min(most, target));
}

/** Where a pane is scrolled to by a search, back through what consoles said, on through documents; undefined: nothing was found. */
export function findInPane(
	{scroll}: Pick<Pane, 'scroll'>,
	{lines, most, fromEnd}: Extent,
	text: string,
	{step, fresh}: {readonly step: 1 | -1; readonly fresh: boolean},
): number | undefined {
	const top = fromEnd ? most - Math.min(scroll, most) : Math.min(scroll, most);
	const direction = fromEnd ? (step === 1 ? -1 : 1) : step;
	const start = fresh ? (fromEnd ? lines.length - 1 : top) : top + direction;
	const found = findLine(lines, text, start, direction);
	if (found === undefined) {
		return undefined;
	}
	const wanted = Math.max(0, Math.min(most, found));
	return fromEnd ? most - wanted : wanted;
}

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
