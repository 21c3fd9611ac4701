import {createSevenBitReader} from './seven-bit-controls.ts';

const [enquiry, bell, shiftOut, shiftIn, cancel, substitute, escape, del] = [0x05, 0x07, 0x0e, 0x0f, 0x18, 0x1a, 0x1b, 0x7f];
/** What is heeded in text. */
const beginnings = [escape, enquiry, shiftOut, shiftIn];
/** What does something by itself. */
const single = [enquiry, shiftOut, shiftIn];
/** What begins a string: OSC, DCS, APC, PM, SOS, a title of GNU screen's. It ends by ST, an OSC by BEL too. */
const strings = ']P_^Xk';
/** No program writes a longer one: of that this much is kept. */
export const longestSequence = 4096;
const [zero, nine, backslash] = [0x30, 0x39, 0x5c];

/** Reads the control sequences in what goes to or comes from a terminal. */
interface SequenceReader {
	/** Bytes, in chunks cut anywhere. */
	read(chunk: Uint8Array): void;
	/** The last sequence has no end yet. */
	isWithin(): boolean;
	/** There was something that terminals differ in: in a sequence what is no part of one, a string without its end, one that is too long. */
	isOdd(): boolean;
}

/**
 * What a terminal takes for controls: what `every` one does; what `some` do too: those of one byte, and a string that any ESC ends; or no more than
 * the `fewest` do: these heed nothing within a sequence that is no part of it, but ESC.
 */
export type Heeded = 'every' | 'some' | 'fewest';

/**
 * Makes a reader that calls `take` with each sequence once it is whole, without ESC and its string's end, without zeros before a number and
 * controls in a string, and with what shifts character sets or asks the terminal for its name. One that ESC cuts off has that as its end.
 */
export function createSequenceReader(take: (sequence: string) => void, heeded: Heeded = 'some'): SequenceReader {
	const toSevenBits = heeded === 'some' ? createSevenBitReader() : (chunk: Uint8Array) => chunk;
	let sequence: string | undefined;
	/** A string at whose end ESC has come. */
	let ending: string | undefined;
	let isOdd = false;

	const add = (to: string, byte: number): string => {
		if (to.length < longestSequence) return withoutZero(to, byte) + String.fromCharCode(byte);
		isOdd = true;
		return to;
	};

	const readByte = (byte: number): void => {
		if (ending !== undefined && byte !== backslash) isOdd = true;
		else if (ending !== undefined && heeded === 'every') take(ending);
		ending = undefined;
		if (byte === escape) {
			if (sequence !== undefined && isString(sequence)) {
				ending = sequence;
				if (heeded !== 'every') take(sequence);
			} else if (sequence !== undefined) {
				// Some go on with it after the next one.
				take(sequence + String.fromCharCode(escape));
			}
			sequence = '';
		} else if ((byte === cancel || byte === substitute) && heeded !== 'fewest') {
			isOdd ||= sequence !== undefined && isString(sequence);
			sequence = undefined;
		} else if (sequence === undefined) {
			if (single.includes(byte)) take(String.fromCharCode(byte));
		} else if (byte === bell && sequence.startsWith(']')) {
			take(sequence);
			sequence = undefined;
		} else if (byte < 0x20 || byte === del) {
			// In a sequence it is obeyed without ending that, in a string it is dropped, or is a part of it; and not every string is one for all.
			isOdd = true;
			if (single.includes(byte)) take(String.fromCharCode(byte));
		} else if (isString(sequence)) {
			sequence = add(sequence, byte);
		} else if (byte > del) {
			// No text is in a sequence: it ends that, or is dropped.
			isOdd = true;
			if (heeded === 'every') sequence = undefined;
		} else {
			const isWhole = isFinal(sequence, byte);
			sequence = isWhole ? sequence + String.fromCharCode(byte) : add(sequence, byte);
			if (isWhole) {
				take(sequence);
				sequence = undefined;
			}
		}
	};

	return {
		read(chunk) {
			const bytes = toSevenBits(chunk);
			// A flood goes through here: it is mostly text, and by iterators the rest takes ten times as long.
			if (sequence === undefined && !beginnings.some((byte) => bytes.includes(byte))) return;
			for (let at = 0; at < bytes.length; at++) {
				const byte = bytes[at] ?? 0;
				if (sequence !== undefined || beginnings.includes(byte)) readByte(byte);
			}
		},
		isWithin: () => sequence !== undefined,
		isOdd: () => isOdd,
	};
}

function isString(sequence: string): boolean {
	return sequence !== '' && strings.includes(sequence[0] ?? '');
}

/** Leaves out a zero that a digit follows, where it begins a number of parameters or of a string. */
function withoutZero(sequence: string, byte: number): string {
	if (byte < zero || byte > nine || !sequence.endsWith('0')) return sequence;
	const begins = sequence.startsWith('[') ? /\D0$/.test(sequence.slice(-2)) : sequence === ']0';
	return begins ? sequence.slice(0, -1) : sequence;
}

/** Whether a byte is the last one of a sequence. */
function isFinal(sequence: string, byte: number): boolean {
	if (sequence.startsWith('[')) return byte >= 0x40;
	return byte >= 0x30 && !(sequence === '' && (byte === 0x5b || strings.includes(String.fromCharCode(byte))));
}
