import {Unicode11Addon} from '@xterm/addon-unicode11';
import type {IUnicodeVersionProvider, Terminal} from '@xterm/headless';
import {mostMarks} from '../draw/marks.ts';

/** What xterm keeps of the character before: whether it was put into the cell of one before that, its width, and how many were. */
const joined = 1;
const widthAt = 1;
const countAt = 3;
const widths = 3;

/**
 * Has an emulator take widths from Unicode 11, and put no more than 8 marks into one cell: what is one too many gets a cell without width.
 * A cell has no bound of its own.
 */
export function boundWidths(terminal: Pick<Terminal, 'unicode'>): void {
	const {wcwidth} = unicode11();
	terminal.unicode.register({
		version: 'bounded',
		wcwidth,
		charProperties(code, before) {
			const width = wcwidth(code);
			const widthBefore = (before >> widthAt) & widths;
			const count = (before >> countAt) + 1;
			if (width > 0 || widthBefore === 0 || count > mostMarks) return width << widthAt;
			return (count << countAt) | (widthBefore << widthAt) | joined;
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
