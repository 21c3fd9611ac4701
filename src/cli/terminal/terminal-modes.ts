import {createSequenceReader, type Heeded} from './control-sequences.ts';
import {allowingMode, alternateScreens, columnsMode, keyboardLock, mostKept, movingModes, originMode} from './terminal-at-rest.ts';
import {createTouchedSettings} from './touched-settings.ts';

/** Sequences that all terminals take alike, and that leave the terminal one which heeds the next. */
const usual: readonly RegExp[] = [
	// A control sequence of numbers, or of none.
	/^\[[?>=<]?(?:\d{1,5}(?=[;@-~])|;)*[@-Z\\^-z{|}~]$/,
	// Colours; what vim asks; the shape of the cursor; questions for modes; a soft reset.
	/^\[(?:[\d;:]*m|0%m|\d* q|\??\d{1,5}\$p|!p)$/,
	// Strings, but for the Linux console's own, and what puts back all that is told of the cursor.
	/^(?:\](?!\d*[PR])\d*(?:;.*)?|P(?![\d;]*\$t).*|_.*)$/s,
	// One letter, and sets of characters.
	/^(?:[78=>McDEHNOZno|}~\\\x05\x0e\x0f]|[()*+][0-9A-Z]|%G)$/,
];
/** What the Linux console keeps, the least of all. */
const mostNumbers = 16;
/** A VT52, a plotter. */
const otherKinds = new Set(['2', '38']);
/** What puts back what was saved. */
const restores = /^(?:8|\[u)$/;

/** Watches what a guest writes to the terminal, and says what puts back what it left on. */
interface TerminalModes {
	/** Output of the guest, in chunks cut anywhere. */
	watch(chunk: Uint8Array): void;
	/** What is to be written at once, for the keys that are ours to be heard; empty where nothing is. It counts as watched. */
	unlock(): string;
	/** Whether the terminal may tell things that nobody asked for, as where the mouse is. */
	mayTell(): boolean;
	/** The bytes that undo what may still be on; empty where nothing was touched. `isCut`: the terminal has not had the end of what was watched. */
	undo(isCut?: boolean): string;
}

/**
 * Follows the control sequences of xterm's kind that outlive the program that sent them. What they touched is put back, on or off. Only what
 * moves the cursor when it is put back, as another screen does, is followed: it counts as off where the guest has switched it off for
 * terminals of all kinds, and has written nothing so far that they may take in different ways.
 */
export function createTerminalModes(): TerminalModes {
	const touched = createTouchedSettings();
	const kinds = (['some', 'every'] as const).map((heeded) => followMoving(heeded, touched.take));
	const watch = (chunk: Uint8Array): void => kinds.forEach((kind) => kind.watch(chunk));
	return {
		watch,
		unlock() {
			if (!touched.wasLocked()) return '';
			const text = `\x1b[${keyboardLock}l`;
			// It breaks off a sequence that the guest has half written.
			watch(Buffer.from(text));
			return text;
		},
		mayTell: () => touched.mayTell(),
		undo(isCut = false) {
			const isSure = !isCut && kinds.every(({isSure}) => isSure());
			const isOn = (mode: number): boolean => kinds.some(({has}) => has(mode));
			const mayBeOn = (mode: number): boolean => isOn(mode) || (!isSure && touched.has(mode));
			const pushed = Math.max(...kinds.map((kind) => kind.pushed()));
			const screens = [...alternateScreens].filter(mayBeOn);
			return [
				// What ends a sequence that the guest left half written, for some terminals CAN, for others the end of a string.
				!isSure || kinds.some(({isWithin}) => isWithin()) ? '\x18\x1b\\' : '',
				touched.switchBack(),
				pushed > 0 ? `\x1b[<${pushed}u` : '',
				mayBeOn(columnsMode) ? `${touched.has(allowingMode) ? `\x1b[?${allowingMode}h` : ''}\x1b[?${columnsMode}l` : '',
				mayBeOn(originMode) ? `\x1b[?${originMode}l\x1b[999H` : '',
				// On the usual screen already, the cursor is put back where it is.
				screens.length > 0 && !screens.every(isOn) ? '\x1b7' : '',
				...screens.map((mode) => `\x1b[?${mode}l`),
				touched.undo(),
			].join('');
		},
	};
}

interface Moving {
	watch(chunk: Uint8Array): void;
	/** Whether a mode is on, as far as the guest has said. */
	has(mode: number): boolean;
	/** How many settings of the keyboard were put aside and not brought back. */
	pushed(): number;
	isWithin(): boolean;
	/** Whether terminals of this kind have taken all alike. */
	isSure(): boolean;
}

/** Follows what moves the cursor, for terminals of one kind; `each` is told each sequence. */
function followMoving(heeded: Heeded, each: (sequence: string) => void): Moving {
	const on = new Set<number>();
	let wasOrigin = false;
	let isUsual = true;
	let pushed = 0;

	const mark = (mode: number, isOn: boolean): void => {
		if (isOn) on.add(mode);
		else if (isSure()) on.delete(mode);
	};
	const take = (sequence: string): void => {
		each(sequence);
		// What goes to a printer is not heeded, nor what has more numbers than a terminal keeps.
		const isPlain = usual.some((shape) => shape.test(sequence)) && !/^\[.*i$/.test(sequence);
		if (!isPlain || (sequence.startsWith('[') && sequence.length > 2 * mostNumbers && sequence.split(';').length > mostNumbers)) isUsual = false;
		const [, modes, final] = /^\[\?([\d;]*)([hlr])$/.exec(sequence) ?? [];
		if (modes !== undefined) {
			for (const mode of modes.split(';')) {
				if (otherKinds.has(mode)) isUsual = false;
				if (movingModes.has(Number(mode))) mark(Number(mode), final !== 'l');
				wasOrigin ||= Number(mode) === originMode;
			}
		} else if (restores.test(sequence)) {
			if (wasOrigin) on.add(originMode);
		} else if (/^\[>\d*u$/.test(sequence)) {
			pushed = Math.min(mostKept, pushed + 1);
		} else if (/^\[<\d*u$/.test(sequence)) {
			pushed = Math.max(0, pushed - Math.max(1, Number(sequence.slice(2, -1))));
		}
	};
	const sequences = createSequenceReader(take, heeded);
	const isSure = (): boolean => isUsual && !sequences.isOdd();
	return {
		watch: sequences.read,
		has: (mode) => on.has(mode),
		pushed: () => pushed,
		isWithin: sequences.isWithin,
		isSure,
	};
}
