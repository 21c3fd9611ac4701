import {cellWidth} from '../../core/text.ts';

const segmenter = new Intl.Segmenter('en', {granularity: 'grapheme'});
const plainAscii = /^[ -~]*$/;
const styleSequence = /\x1b\[[0-9;:]*m/y;

/** Text without its colours and attributes. */
export function plainText(text: string): string {
	return text.includes('\x1b') ? text.replaceAll(/\x1b\[[0-9;:]*m/g, '') : text;
}

/** Cells that styled text takes. */
export function styledWidth(text: string): number {
	return cellWidth(plainText(text));
}

/** Breaks a line of styled text into rows of at most so many cells, anywhere; each row stands for itself. A line without text is one empty row. */
export function wrapStyled(text: string, width: number): readonly string[] {
	return isShort(text, width) ? [text] : wrap(text, {width, atWords: false, indent: 0});
}

/** The same at blanks, where there are some; further rows begin below the second column of the first one, or as far in as it does. */
export function wrapStyledWords(text: string, width: number): readonly string[] {
	return isShort(text, width) ? [text] : wrap(text, {width, atWords: true, indent: hangingIndent(plainText(text), width)});
}

function isShort(text: string, width: number): boolean {
	return text.length <= width && plainAscii.test(text);
}

/** Where the second column of a row begins, or its first one where that is too far right. */
function hangingIndent(text: string, width: number): number {
	const second = /^ *\S.{0,40}? {2,}(?=\S)/.exec(text)?.[0].length ?? Number.POSITIVE_INFINITY;
	const first = /^ */.exec(text)?.[0].length ?? 0;
	return second <= width / 2 ? second : first <= width / 2 ? first : 0;
}

interface WrapOptions {
	readonly width: number;
	readonly atWords: boolean;
	/** Blanks before each further row. */
	readonly indent: number;
}

/** A blank at which a row can be parted: what stands before it, and what has come since. */
interface Gap {
	readonly row: string;
	readonly style: string;
	tail: string;
	cells: number;
}

function wrap(text: string, {width, atWords, indent}: WrapOptions): readonly string[] {
	const rows: string[] = [];
	const start = ' '.repeat(indent);
	let row = '';
	let cells = 0;
	let style = '';
	let gap: Gap | undefined;
	let hasText = false;
	const push = (closed: string, its: string): void => {
		rows.push(its === '' ? closed : `${closed}\x1b[0m`);
		gap = undefined;
		hasText = false;
	};
	for (const part of partsOf(text)) {
		if (part.style) {
			style = isReset(part.text) ? '' : style + part.text;
			row += part.text;
			if (gap !== undefined) {
				gap.tail += part.text;
			}
			continue;
		}
		if (cells + part.cells > width && gap !== undefined && part.text !== ' ') {
			const {tail, cells: moved, row: before, style: its} = gap;
			push(before, its);
			row = start + its + tail;
			cells = indent + moved;
			hasText = moved > 0;
		}
		if (cells + part.cells > width && cells > indent) {
			push(row, style);
			row = start + style;
			cells = indent;
			if (atWords && part.text === ' ') {
				continue;
			}
		}
		if (atWords && part.text === ' ') {
			// Several blanks are one gap.
			gap = hasText && (gap === undefined || gap.tail !== '') ? {row, style, tail: '', cells: 0} : gap;
		} else {
			hasText = true;
			if (gap !== undefined) {
				gap.tail += part.text;
				gap.cells += part.cells;
			}
		}
		row += part.text;
		cells += part.cells;
	}
	push(row, style);
	return rows;
}

/** The first cells of styled text. */
export function clipStyled(text: string, width: number): string {
	return width <= 0 ? '' : (wrapStyled(text, width)[0] ?? '');
}

interface Part {
	readonly text: string;
	readonly cells: number;
	readonly style: boolean;
}

function* partsOf(text: string): Generator<Part> {
	let at = 0;
	while (at < text.length) {
		styleSequence.lastIndex = at;
		const [sequence] = styleSequence.exec(text) ?? [];
		if (sequence !== undefined) {
			yield {text: sequence, cells: 0, style: true};
			at += sequence.length;
			continue;
		}
		const next = text.indexOf('\x1b', at + 1);
		const run = text.slice(at, next === -1 ? text.length : next);
		if (plainAscii.test(run)) {
			for (const character of run) {
				yield {text: character, cells: 1, style: false};
			}
		} else {
			for (const {segment} of segmenter.segment(run)) {
				yield {text: segment, cells: cellWidth(segment), style: false};
			}
		}
		at += run.length;
	}
}

/** Whether a sequence puts all attributes back. */
export function isReset(sequence: string): boolean {
	return /^\x1b\[0*m$/.test(sequence);
}

/** Marks on one character that are kept: more than any script, flag or emoji has, and less than would fill the memory. */
export const mostMarks = 8;

const marks = /^[\p{M}\p{Cf}]$/u;

/** Whether a character of one code point goes with the one before it. */
export function isMark(character: string): boolean {
	return marks.test(character);
}
