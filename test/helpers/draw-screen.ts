import type {IBufferCell, Terminal} from '@xterm/headless';

const cellWidth = 8.4;
const cellHeight = 18;
const palette = [
	'#1d1f21',
	'#cc6666',
	'#8fb573',
	'#e0b15a',
	'#81a2be',
	'#b294bb',
	'#6fb5ac',
	'#c5c8c6',
	'#7b7f85',
	'#de7a7a',
	'#a9cc8c',
	'#f0c674',
	'#9bbcd8',
	'#c9a9d3',
	'#8acfc5',
	'#ffffff',
];
const foreground = '#d6d8d9';
const background = '#16181a';

/** Draws what a terminal shows as SVG. */
export function drawScreen(terminal: Terminal): string {
	const {active} = terminal.buffer;
	const width = terminal.cols * cellWidth + 16;
	const height = terminal.rows * cellHeight + 16;
	const parts: string[] = [];
	for (let y = 0; y < terminal.rows; y++) {
		const line = active.getLine(active.baseY + y);
		for (let x = 0; x < terminal.cols; x++) {
			const cell = line?.getCell(x);
			if (cell !== undefined && cell.getWidth() > 0) {
				// A program that hides its cursor leaves it at the end.
				parts.push(drawCell(cell, x, y, active.cursorY === y && active.cursorX === x && y < terminal.rows - 1));
			}
		}
	}
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans Mono, Liberation Mono, monospace" font-size="14">`,
		`<rect width="100%" height="100%" fill="${background}"/><g transform="translate(8 8)">`,
		...parts,
		'</g></svg>',
	].join('');
}

function drawCell(cell: IBufferCell, x: number, y: number, isCursor: boolean): string {
	let front = cell.isFgDefault() ? foreground : colour(cell.getFgColor(), cell.isFgRGB());
	let back = cell.isBgDefault() ? undefined : colour(cell.getBgColor(), cell.isBgRGB());
	if (cell.isInverse() !== 0 || isCursor) {
		[front, back] = [back ?? background, front];
	}
	const box =
		back === undefined
			? ''
			: `<rect x="${x * cellWidth}" y="${y * cellHeight}" width="${cell.getWidth() * cellWidth + 0.3}" height="${cellHeight}" fill="${back}"/>`;
	const characters = cell.getChars();
	if (characters.trim() === '' || cell.isInvisible() !== 0) {
		return box;
	}
	const text = characters.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
	const weight = cell.isBold() === 0 ? '' : ' font-weight="bold"';
	const dim = cell.isDim() === 0 ? '' : ' opacity="0.6"';
	return `${box}<text x="${x * cellWidth}" y="${y * cellHeight + 14}" fill="${front}"${weight}${dim}>${text}</text>`;
}

function colour(value: number, isRgb: boolean): string {
	if (isRgb) {
		return `#${value.toString(16).padStart(6, '0')}`;
	}
	const named = palette[value];
	if (named !== undefined) {
		return named;
	}
	if (value >= 232) {
		const grey = 8 + (value - 232) * 10;
		return `rgb(${grey},${grey},${grey})`;
	}
	const index = value - 16;
	const level = (part: number): number => (part === 0 ? 0 : 55 + part * 40);
	return `rgb(${level(Math.floor(index / 36))},${level(Math.floor(index / 6) % 6)},${level(index % 6)})`;
}
