import {Unicode11Addon} from '@xterm/addon-unicode11';
import type {IUnicodeVersionProvider, Terminal} from '@xterm/headless';
import {mostMarks} from '../draw/styled-text.ts';

/** What xterm keeps of the character before: whether it was put into the cell of one before that, and its width. */
const joined = 1;
const widthAt = 1;
const widths = 3;

/**
 * Has an emulator take widths from Unicode 11, and put no more than 8 marks into one cell: what is one too many gets a cell without width.
 * A cell has no bound of its own. It is looked at itself: what xterm takes for the character before may not be there.
 */
export function boundWidths(terminal: Pick<Terminal, 'unicode' | 'buffer'>): void {
	const {wcwidth} = unicode11();
	const cell = terminal.buffer.active.getNullCell();
	/** Whether the cell is full into which xterm would put a mark. */
	const isFull = (): boolean => {
		const {baseY, cursorX, cursorY} = terminal.buffer.active;
		const line = terminal.buffer.active.getLine(baseY + cursorY);
		const before = line?.getCell(cursorX - 1, cell)?.getWidth() === 0 ? 2 : 1;
		return [...(line?.getCell(cursorX - before, cell)?.getChars() ?? '')].length > mostMarks;
	};
	terminal.unicode.register({
		version: 'bounded',
		wcwidth,
		charProperties(code, before) {
			const width = wcwidth(code);
			const widthBefore = (before >> widthAt) & widths;
			return width > 0 || widthBefore === 0 || isFull() ? width << widthAt : (widthBefore << widthAt) | joined;
		},
	});
	terminal.unicode.activeVersion = 'bounded';
}

/** The tables, for which the addon has no other way out. */
function unicode11(): Pick<IUnicodeVersionProvider, 'wcwidth'> {
	let found: IUnicodeVersionProvider | undefined;
	new Unicode11Addon().activate({unicode: {register: (provider: IUnicodeVersionProvider) => (found = provider)}});
	if (found === undefined) throw new Error('the addon of xterm has no widths');
	const provider = found;
	return {wcwidth: (code) => provider.wcwidth(code)};
}
