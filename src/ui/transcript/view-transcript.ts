import {wrapStyledWords} from '../draw/styled-text.ts';
import type {TranscriptLine} from './transcript.ts';

/** Rows of a transcript as they stand on the screen. */
interface TranscriptView {
	readonly rows: readonly string[];
	/** How many rows it was scrolled back, no more than there are. */
	readonly scroll: number;
}

/** Wraps lines to a width, each once. */
export function createWrapper(): (line: TranscriptLine, width: number) => readonly string[] {
	const wrapped = new WeakMap<TranscriptLine, {readonly width: number; readonly rows: readonly string[]}>();
	return (line, width) => {
		const found = wrapped.get(line);
		if (found?.width === width) {
			return found.rows;
		}
		const rows = wrapStyledWords(line.text, width);
		wrapped.set(line, {width, rows});
		return rows;
	};
}

export type Wrapper = ReturnType<typeof createWrapper>;

/** The rows of the last lines that fill a height, `scroll` rows back from the end. */
export function viewTranscript(
	lines: readonly TranscriptLine[],
	wrap: Wrapper,
	{width, height, scroll}: {width: number; height: number; scroll: number},
): TranscriptView {
	const rows: string[] = [];
	for (let index = lines.length - 1; index >= 0 && rows.length < height + scroll; index--) {
		const line = lines[index];
		if (line !== undefined) {
			rows.push(...wrap(line, width).toReversed());
		}
	}
	rows.reverse();
	const back = Math.max(0, Math.min(scroll, rows.length - height));
	return {rows: rows.slice(Math.max(0, rows.length - back - height), rows.length - back), scroll: back};
}
