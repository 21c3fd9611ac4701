import type {IBufferCell, Terminal} from '@xterm/headless';

/** A part of a screen in cells. */
export interface CellsPlace {
	readonly x: number;
	readonly y: number;
	readonly columns: number;
	readonly rows: number;
}

/** What each row of a part of the screen shows: its text, with the look of every run of cells before it. A blank has no text of its own. */
export function cellsOf(terminal: Terminal, {x, y, columns, rows}: CellsPlace): readonly string[] {
	const {active} = terminal.buffer;
	return Array.from({length: rows}, (_, row) => {
		const line = active.getLine(active.baseY + y + row);
		let text = '';
		let look = '';
		for (let column = x; column < x + columns; column++) {
			const cell = line?.getCell(column);
			if (cell === undefined || cell.getWidth() === 0) {
				continue;
			}
			const own = lookOf(cell);
			text += (own === look ? '' : `⟨${own}⟩`) + (cell.getChars() || ' ');
			look = own;
		}
		return text.trimEnd();
	});
}

function lookOf(cell: IBufferCell): string {
	const attributes = [
		...(cell.isBold() ? ['bold'] : []),
		...(cell.isDim() ? ['dim'] : []),
		...(cell.isItalic() ? ['italic'] : []),
		...(cell.isUnderline() ? ['underline'] : []),
		...(cell.isInverse() ? ['inverse'] : []),
		...(cell.isStrikethrough() ? ['strike'] : []),
	];
	const front = cell.isFgDefault() ? [] : [`front ${cell.isFgRGB() ? '#' : ''}${cell.getFgColor()}`];
	const back = cell.isBgDefault() ? [] : [`back ${cell.isBgRGB() ? '#' : ''}${cell.getBgColor()}`];
	// The colour of a blank's text is not seen.
	return [
		...(cell.getChars().trim() === '' && !cell.isUnderline() && !cell.isInverse() && !cell.isStrikethrough() ? [] : [...attributes, ...front]),
		...back,
	].join(' ');
}
