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

/** Breaks a line of styled text into rows of at most so many cells; each row stands for itself. A line without text is one empty row. */
export function wrapStyled(text: string, width: number): readonly string[] {
	if (text.length <= width && plainAscii.test(text)) {
		return [text];
	}
	const rows: string[] = [];
	let row = '';
	let cells = 0;
	let style = '';
	const close = (): void => {
		rows.push(style === '' ? row : `${row}\x1b[0m`);
	};
	for (const part of partsOf(text)) {
		if (part.style) {
			style = isReset(part.text) ? '' : style + part.text;
			row += part.text;
			continue;
		}
		if (cells + part.cells > width && cells > 0) {
			close();
			row = style;
			cells = 0;
		}
		row += part.text;
		cells += part.cells;
	}
	close();
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
