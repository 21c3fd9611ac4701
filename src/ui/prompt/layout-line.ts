import {cellWidth} from '../../core/text.ts';
import {wrapStyledWords} from '../draw/styled-text.ts';

const segmenter = new Intl.Segmenter('en', {granularity: 'grapheme'});

/** A line being typed as it stands on the screen. */
export interface LineLayout {
	readonly rows: readonly string[];
	/** Cells from the left and rows from the first one. */
	readonly cursor: {readonly x: number; readonly y: number};
}

interface LineParts {
	/** Before the first row. */
	readonly prompt: string;
	/** Before each further line of the text. */
	readonly continuation: string;
	readonly text: string;
	readonly cursor: number;
	readonly width: number;
	readonly style: (prompt: string) => string;
}

/** Breaks prompt and line into rows, and finds the cursor. */
export function layoutLine({prompt, continuation, text, cursor, width, style}: LineParts): LineLayout {
	const rows: string[] = [];
	let place = {x: 0, y: 0};
	let offset = 0;
	for (const [index, line] of text.split('\n').entries()) {
		// A question may be longer than a row.
		const starts = wrapStyledWords(index === 0 ? prompt : continuation, width);
		const start = starts.at(-1) ?? '';
		rows.push(...starts.slice(0, -1).map(style));
		let row = style(start);
		let x = cellWidth(start);
		for (const {segment, index: at} of segmenter.segment(line)) {
			const cells = cellWidth(segment);
			if (x + cells > width) {
				rows.push(row);
				row = '';
				x = 0;
			}
			if (offset + at === cursor) {
				place = {x, y: rows.length};
			}
			row += segment;
			x += cells;
		}
		if (offset + line.length === cursor) {
			if (x >= width) {
				rows.push(row);
				row = '';
				x = 0;
			}
			place = {x, y: rows.length};
		}
		rows.push(row);
		offset += line.length + 1;
	}
	return {rows, cursor: place};
}

/** The part of a layout that fits a height, with the cursor in it. */
export function cropLayout({rows, cursor}: LineLayout, height: number): LineLayout {
	if (rows.length <= height) {
		return {rows, cursor};
	}
	const first = Math.min(Math.max(0, cursor.y - Math.floor(height / 2)), rows.length - height);
	return {rows: rows.slice(first, first + height), cursor: {x: cursor.x, y: cursor.y - first}};
}
