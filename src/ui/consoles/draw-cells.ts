import type {IBufferCell, IBufferLine} from '@xterm/headless';
import {isUnsafeCharacter} from '../../core/text.ts';

const plain = /^[ -~]$/;

/** Without what has no cell of its own and would turn or hide what stands beside it, as bidi overrides. */
function harmless(characters: string): string {
	return plain.test(characters) ? characters : Array.from(characters, (each) => (isUnsafeCharacter(each) ? '' : each)).join('');
}

/** The attributes of a cell as parameters of SGR, without a reset; empty: none. */
export function styleOf(cell: IBufferCell): string {
	const parts = [
		...(cell.isBold() ? ['1'] : []),
		...(cell.isDim() ? ['2'] : []),
		...(cell.isItalic() ? ['3'] : []),
		...(cell.isUnderline() ? ['4'] : []),
		...(cell.isBlink() ? ['5'] : []),
		...(cell.isInverse() ? ['7'] : []),
		...(cell.isStrikethrough() ? ['9'] : []),
		...colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor(), 30),
		...colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor(), 40),
	];
	return parts.join(';');
}

/** `base` is 30 for the text, 40 for what is behind it. */
function colour(isDefault: boolean, isRgb: boolean, value: number, base: 30 | 40): string[] {
	if (isDefault) {
		return [];
	}
	if (isRgb) {
		return [`${base + 8};2;${(value >> 16) & 0xff};${(value >> 8) & 0xff};${value & 0xff}`];
	}
	if (value < 8) {
		return [`${base + value}`];
	}
	return value < 16 ? [`${base + 60 + value - 8}`] : [`${base + 8};5;${value}`];
}

/** One line of an emulator's buffer as styled text of at most so many cells. Hidden text is blank. */
export function drawLine(line: IBufferLine | undefined, width: number, cell: IBufferCell): string {
	if (line === undefined) {
		return '';
	}
	let text = '';
	let style = '';
	for (let x = 0; x < width && x < line.length; x++) {
		const current = line.getCell(x, cell);
		if (current === undefined) {
			break;
		}
		const cells = current.getWidth();
		if (cells === 0) {
			continue;
		}
		const own = styleOf(current);
		if (own !== style) {
			text += own === '' ? '\x1b[0m' : style === '' ? `\x1b[${own}m` : `\x1b[0m\x1b[${own}m`;
			style = own;
		}
		const characters = current.getChars();
		const isCut = x + cells > width;
		text += characters === '' || current.isInvisible() || isCut ? ' '.repeat(isCut ? 1 : cells) : harmless(characters) || ' '.repeat(cells);
	}
	return style === '' ? text.replace(/ +$/, '') : `${text}\x1b[0m`;
}
