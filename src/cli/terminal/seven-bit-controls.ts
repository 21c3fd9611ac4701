import {isUtf8} from 'node:buffer';

const escape = 0x1b;
/** What the letter after ESC adds to be a control of one byte (C1). */
const offset = 0x40;
const [firstControl, lastControl] = [0x80, 0x9f];
/** What UTF-8 writes before them. */
const controlLead = 0xc2;

/**
 * Makes a reader of a terminal's bytes, chunk by chunk, cut anywhere, for whoever looks for control sequences: controls of one byte (C1),
 * bare or in UTF-8, become ESC and a letter, which mean the same. The rest stays; where there is nothing else it is the very chunk that came.
 */
export function createSevenBitReader(): (chunk: Uint8Array) => Uint8Array {
	/** The first byte of a character that goes on, and how many bytes of it are to come. */
	let lead = 0;
	let rest = 0;
	return (chunk) => {
		// A flood goes through here: text without controls is seen at once, the rest goes by its indexes into one buffer.
		if (rest === 0 && isUtf8(chunk) && !chunk.includes(controlLead)) return chunk;
		const read = Buffer.allocUnsafe(2 * chunk.length);
		let length = 0;
		for (let at = 0; at < chunk.length; at++) {
			const byte = chunk[at] ?? 0;
			const goesOn = rest > 0 && byte >= firstControl && byte < 0xc0;
			if (byte >= firstControl && byte <= lastControl && (!goesOn || lead === controlLead)) {
				read[length++] = escape;
				read[length++] = byte - offset;
			} else if (goesOn || byte !== controlLead) {
				// What that begins may be a control.
				read[length++] = byte;
			}
			rest = goesOn ? rest - 1 : bytesAfter(byte);
			if (!goesOn) lead = byte;
		}
		return read.subarray(0, length);
	};
}

/** How many bytes follow the first one of a character of UTF-8. */
function bytesAfter(first: number): number {
	return first < controlLead || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}
