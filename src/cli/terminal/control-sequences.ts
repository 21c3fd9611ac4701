import {createSevenBitReader} from './seven-bit-controls.ts';

const [bell, shiftOut, shiftIn, cancel, substitute, escape, del] = [0x07, 0x0e, 0x0f, 0x18, 0x1a, 0x1b, 0x7f];
/** What begins a string: OSC, DCS, APC, PM, SOS. It ends by ST, an OSC by BEL too. */
const strings = ']P_^X';
/** No program writes a longer one; a terminal heeds what one of more begins with. */
const longestSequence = 4096;

/** Reads the control sequences in what goes to or comes from a terminal. */
export interface SequenceReader {
	/** Bytes, in chunks cut anywhere. */
	read(chunk: Uint8Array): void;
	/** The last sequence has no end yet. */
	isWithin(): boolean;
}

/** Makes a reader that calls `take` with each sequence once it is whole, without ESC and its string's end, and with what shifts character sets. */
export function createSequenceReader(take: (sequence: string) => void): SequenceReader {
	const toSevenBits = createSevenBitReader();
	let sequence: string | undefined;

	const readByte = (byte: number): void => {
		if (byte === escape) {
			if (sequence !== undefined && isString(sequence)) take(sequence);
			sequence = '';
		} else if (byte === cancel || byte === substitute) {
			sequence = undefined;
		} else if (sequence !== undefined && isString(sequence)) {
			if (byte === bell && sequence.startsWith(']')) {
				take(sequence);
				sequence = undefined;
			} else if (sequence.length < longestSequence) {
				sequence += String.fromCharCode(byte);
			}
		} else if (byte === shiftOut || byte === shiftIn) {
			take(String.fromCharCode(byte));
		} else if (sequence === undefined || byte < 0x20 || byte === del) {
			// Text; or a control inside a sequence, which is obeyed without ending it.
		} else if (byte > del) {
			sequence = undefined;
		} else if (sequence.length < longestSequence || isFinal(sequence, byte)) {
			const isWhole = isFinal(sequence, byte);
			sequence += String.fromCharCode(byte);
			if (isWhole) {
				take(sequence);
				sequence = undefined;
			}
		}
	};

	return {
		read(chunk) {
			for (const byte of toSevenBits(chunk)) if (sequence !== undefined || byte < 0x20) readByte(byte);
		},
		isWithin: () => sequence !== undefined,
	};
}

function isString(sequence: string): boolean {
	return sequence !== '' && strings.includes(sequence[0] ?? '');
}

/** Whether a byte is the last one of a sequence. */
function isFinal(sequence: string, byte: number): boolean {
	if (sequence.startsWith('[')) return byte >= 0x40;
	return byte >= 0x30 && !(sequence === '' && (byte === 0x5b || strings.includes(String.fromCharCode(byte))));
}
