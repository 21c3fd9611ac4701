import {createSevenBitReader} from './seven-bit-controls.ts';

const [bell, shiftOut, shiftIn, cancel, substitute, escape, del] = [0x07, 0x0e, 0x0f, 0x18, 0x1a, 0x1b, 0x7f];
/** What is heeded in text. */
const beginnings = [escape, shiftOut, shiftIn];
/** What begins a string: OSC, DCS, APC, PM, SOS. It ends by ST, an OSC by BEL too. */
const strings = ']P_^X';
/** No program writes a longer one. */
const longestSequence = 4096;
const [zero, nine, backslash] = [0x30, 0x39, 0x5c];

/** Reads the control sequences in what goes to or comes from a terminal. */
export interface SequenceReader {
	/** Bytes, in chunks cut anywhere. */
	read(chunk: Uint8Array): void;
	/** The last sequence has no end yet. */
	isWithin(): boolean;
}

/** What a terminal takes for controls: what `every` one does; or what `some` do too: those of one byte, and a string that any ESC ends. */
export type Heeded = 'every' | 'some';

/**
 * Makes a reader that calls `take` with each sequence once it is whole, without ESC and its string's end, without zeros before a number, and
 * with what shifts character sets.
 */
export function createSequenceReader(take: (sequence: string) => void, heeded: Heeded = 'some'): SequenceReader {
	const toSevenBits = heeded === 'some' ? createSevenBitReader() : (chunk: Uint8Array) => chunk;
	let sequence: string | undefined;
	/** A string that is over where its end comes next. */
	let ending: string | undefined;

	const readByte = (byte: number): void => {
		if (ending !== undefined && byte === backslash) take(ending);
		ending = undefined;
		if (byte === escape) {
			if (sequence !== undefined && isString(sequence)) {
				if (heeded === 'some') take(sequence);
				else ending = sequence;
			}
			sequence = '';
		} else if (byte === cancel || byte === substitute) {
			sequence = undefined;
		} else if (sequence !== undefined && isString(sequence)) {
			if (byte === bell && sequence.startsWith(']')) {
				take(sequence);
				sequence = undefined;
			} else if (sequence.length < longestSequence) {
				sequence = withoutZero(sequence, byte) + String.fromCharCode(byte);
			}
		} else if (byte === shiftOut || byte === shiftIn) {
			take(String.fromCharCode(byte));
		} else if (sequence === undefined || byte < 0x20 || byte === del) {
			// Text; or a control inside a sequence, which is obeyed without ending it.
		} else if (byte > del) {
			// No text is in a sequence: it ends that, or is dropped.
			if (heeded === 'every') sequence = undefined;
		} else if (sequence.length < longestSequence || isFinal(sequence, byte)) {
			const isWhole = isFinal(sequence, byte);
			sequence = withoutZero(sequence, byte) + String.fromCharCode(byte);
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
