import xterm from '@xterm/headless';
import {boundWidths} from './bounded-widths.ts';
import {drawLine} from './draw-cells.ts';

/** Lines that are kept above the screen. */
export const scrollbackLines = 2000;
/** More than so many bytes that are not parsed yet stop the source; less than the second let it go on. */
const highWater = 256 * 1024;
const lowWater = 64 * 1024;
/** Sequences that xterm carries out one step after another, as often as their parameter says: on a row, and on all rows. */
const repeated = {inRow: ['b', 'I', 'Z'], ofRows: ['L', 'M', 'S', 'T']};
/** More steps than a screen has rows, or columns and this, are not carried out: a guest could stop us with one sequence. */
const mostInRow = 256;
/**
 * Titles, colours of the palette, links: none of it is drawn. xterm would look at each colour of a long list again and again, and remember
 * each link for as long as its line is there.
 */
const undrawn = [0, 1, 2, 4, 8, 10, 11, 12, 104, 110, 111, 112];
/** What xterm parses without looking at anything else, in bytes. */
const sliceBytes = 512;
/** A wide character has two. */
const leastColumns = 2;
/** That a line may become by a terminal that is made narrower. */
const mostLines = 100_000;
/** Of UTF-8, in bytes. */
const longestCharacter = 4;

/** A terminal that nobody sees: bytes of a guest in, rows of text out. */
export interface Emulator {
	/** `onParsed`: it is on the screen, and what it asked was answered. */
	write(chunk: Uint8Array, onParsed?: () => void): void;
	resize(columns: number, rows: number): void;
	readonly columns: number;
	readonly rows: number;
	/** Rows of styled text, `scroll` lines back from the end. */
	view(width: number, height: number, scroll: number): readonly string[];
	/** How far it can be scrolled back. */
	readonly scrollable: number;
	/** Lines that were dropped at the top, at least. */
	readonly dropped: number;
	/** Where the guest's cursor is in the view that is not scrolled; undefined: hidden. */
	cursor(width: number, height: number): {readonly x: number; readonly y: number} | undefined;
	/** Every line, oldest first, as plain text. */
	text(): readonly string[];
	/** What draws the same on a real terminal, modes included. */
	replay(): string;
	clear(): void;
	dispose(): void;
}

interface EmulatorOptions {
	readonly columns: number;
	readonly rows: number;
	/** The screen has changed. */
	readonly onChange: () => void;
	/** The guest asked its terminal something: the answer. */
	readonly onAnswer: (text: string) => void;
	readonly onPressure: (stop: boolean) => void;
	readonly onBell: () => void;
}

export function createEmulator({columns, rows, onChange, onAnswer, onPressure, onBell}: EmulatorOptions): Emulator {
	const terminal = new xterm.Terminal({cols: columns, rows, scrollback: scrollbackLines, allowProposedApi: true, logLevel: 'off'});
	boundWidths(terminal);
	let waiting = 0;
	let stopped = false;
	let dropped = 0;
	let hidden = false;
	let full = false;
	terminal.onData(onAnswer);
	terminal.onBell(onBell);
	terminal.onLineFeed(() => {
		const {normal} = terminal.buffer;
		if (full && terminal.buffer.active === normal && normal.cursorY === terminal.rows - 1) {
			dropped++;
		}
		full = normal.length === scrollbackLines + terminal.rows;
	});
	// xterm does not tell whether the cursor is shown.
	terminal.parser.registerCsiHandler({prefix: '?', final: 'h'}, (parameters) => setHidden(parameters, false));
	terminal.parser.registerCsiHandler({prefix: '?', final: 'l'}, (parameters) => setHidden(parameters, true));
	const bound = (finals: readonly string[], most: () => number): void => {
		for (const final of finals) terminal.parser.registerCsiHandler({final}, ([steps]) => typeof steps === 'number' && steps > most());
	};
	bound(repeated.inRow, () => Math.max(mostInRow, terminal.cols));
	bound(repeated.ofRows, () => terminal.rows);
	for (const command of undrawn) terminal.parser.registerOscHandler(command, () => true);
	// xterm throws where it looks for the line below the last one that it has.
	for (const prefix of ['', '?']) {
		terminal.parser.registerCsiHandler({prefix, final: 'J'}, ([part]) => {
			const {cursorX, cursorY, length} = terminal.buffer.active;
			return part === 1 && cursorX + 1 >= terminal.cols && cursorY + 1 >= length;
		});
	}
	// It shows the cursor at a reset.
	const show = (): boolean => {
		hidden = false;
		return false;
	};
	terminal.parser.registerEscHandler({final: 'c'}, show);
	terminal.parser.registerCsiHandler({intermediates: '!', final: 'p'}, show);
	function setHidden(parameters: ReadonlyArray<number | number[]>, value: boolean): boolean {
		hidden = parameters.includes(25) ? value : hidden;
		return false;
	}
	/** The first row that is shown: a pane that is lower than the guest's screen shows the rows up to the cursor. */
	const topOf = (height: number, scroll: number): number => {
		const {baseY, cursorY} = terminal.buffer.active;
		return Math.max(0, baseY + (terminal.rows <= height ? 0 : Math.max(0, cursorY - height + 1)) - scroll);
	};

	return {
		write(chunk, onParsed) {
			waiting += chunk.length;
			if (!stopped && waiting > highWater) {
				stopped = true;
				onPressure(true);
			}
			let at = 0;
			for (let next = cutBefore(chunk, sliceBytes); next < chunk.length; next = cutBefore(chunk, at + sliceBytes)) {
				terminal.write(chunk.subarray(at, next));
				at = next;
			}
			terminal.write(chunk.subarray(at), () => {
				waiting -= chunk.length;
				onParsed?.();
				if (stopped && waiting < lowWater) {
					stopped = false;
					onPressure(false);
				}
				onChange();
			});
		},
		resize(newColumns, newRows) {
			const columns = Math.max(leastColumns, newColumns);
			// xterm throws where one line of the guest's becomes too many: the oldest ones go.
			terminal.options.scrollback = Math.min(scrollbackLines, Math.floor((mostLines * columns) / terminal.cols));
			terminal.resize(columns, Math.max(1, newRows));
			terminal.options.scrollback = scrollbackLines;
		},
		get columns() {
			return terminal.cols;
		},
		get rows() {
			return terminal.rows;
		},
		view(width, height, scroll) {
			const {active} = terminal.buffer;
			const cell = active.getNullCell();
			const top = topOf(height, scroll);
			return Array.from({length: Math.min(height, terminal.rows)}, (_, index) => drawLine(active.getLine(top + index), width, cell));
		},
		get scrollable() {
			return terminal.buffer.active.baseY;
		},
		get dropped() {
			return dropped;
		},
		cursor(width, height) {
			const {cursorX, cursorY, baseY} = terminal.buffer.active;
			const y = baseY + cursorY - topOf(height, 0);
			return hidden || cursorX >= width || y < 0 || y >= height ? undefined : {x: cursorX, y};
		},
		text() {
			const {active} = terminal.buffer;
			const lines = Array.from({length: active.length}, (_, index) => active.getLine(index)?.translateToString(true) ?? '');
			while (lines.at(-1) === '') {
				lines.pop();
			}
			return lines;
		},
		replay() {
			const {active} = terminal.buffer;
			const cell = active.getNullCell();
			const isScreen = active.type === 'alternate';
			const count = isScreen ? terminal.rows : active.cursorY + 1;
			const lines = Array.from({length: count}, (_, index) => drawLine(active.getLine(active.baseY + index), terminal.cols, cell));
			// A guest that writes line by line goes on below what the terminal shows already.
			const shown = isScreen ? `\x1b[?1049h\x1b[2J\x1b[H${lines.join('\r\n')}\x1b[${active.cursorY + 1};1H` : lines.join('\r\n');
			return `${shown}\x1b[${active.cursorX + 1}G${modesOf(terminal.modes)}${hidden ? '\x1b[?25l' : ''}`;
		},
		clear: () => terminal.clear(),
		dispose: () => terminal.dispose(),
	};
}

/** Where bytes may be cut at the latest, with no character in two parts: xterm puts some of those together as others. */
function cutBefore(bytes: Uint8Array, most: number): number {
	let at = most;
	while (at > most - longestCharacter && ((bytes[at] ?? 0) & 0xc0) === 0x80) at--;
	return at;
}

function modesOf(modes: xterm.IModes): string {
	const mouse = {none: '', x10: '\x1b[?9h', vt200: '\x1b[?1000h', drag: '\x1b[?1002h', any: '\x1b[?1003h'}[modes.mouseTrackingMode];
	return [
		modes.applicationCursorKeysMode ? '\x1b[?1h' : '',
		modes.applicationKeypadMode ? '\x1b=' : '',
		modes.bracketedPasteMode ? '\x1b[?2004h' : '',
		modes.wraparoundMode ? '' : '\x1b[?7l',
		mouse,
		mouse === '' ? '' : '\x1b[?1006h',
	].join('');
}
