const escape = 0x1b;
/** What the letter after ESC adds to be a control of one byte (C1). */
const offset = 0x40;
const [firstControl, lastControl] = [0x80, 0x9f];
/** What UTF-8 writes before them. */
const controlLead = 0xc2;

/**
 * Makes a reader of a terminal's bytes, chunk by chunk, cut anywhere, for whoever looks for control sequences: controls of one byte (C1),
 * bare or in UTF-8, become ESC and a letter, which mean the same. The rest stays; what is ASCII is the very chunk that came.
 */
export function createSevenBitReader(): (chunk: Uint8Array) => Uint8Array {
	/** The first byte of a character that goes on, and how many bytes of it are to come. */
	let lead = 0;
	let rest = 0;
	return (chunk) => {
		if (rest === 0 && chunk.every((byte) => byte < firstControl)) return chunk;
		const read: number[] = [];
		for (const byte of chunk) {
			const goesOn = rest > 0 && byte >= firstControl && byte < 0xc0;
			if (byte >= firstControl && byte <= lastControl && (!goesOn || lead === controlLead)) read.push(escape, byte - offset);
			// What it begins may be a control.
			else if (goesOn || byte !== controlLead) read.push(byte);
			rest = goesOn ? rest - 1 : bytesAfter(byte);
			if (!goesOn) lead = byte;
		}
		return Uint8Array.from(read);
	};
}

/** How many bytes follow the first one of a character of UTF-8. */
function bytesAfter(first: number): number {
	return first < controlLead || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}
