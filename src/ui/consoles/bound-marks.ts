/** Marks on one character that are kept: more than any script, flag or emoji has, and less than would fill the memory. */
export const mostMarks = 8;

/**
 * What xterm puts into the cell before it: marks, what only formats, DEL, and what its older tables take for such (one Arabic sign,
 * the vowels and finals of decomposed Hangul).
 */
const marks = /^[\p{M}\p{Cf}\x7f\u06de\u1160-\u11ff]$/u;

/** Whether a character of one code point is one of these. */
export function isMark(character: string): boolean {
	return marks.test(character);
}

const none = new Uint8Array(0);
const escape = 0x1b;
const bell = 0x07;
const del = 0x7f;
const byteOrderMark = 0xfe_ff;
/** CAN and SUB, which break every sequence off. */
const breaks = [0x18, 0x1a];
/** What begins a text for the terminal itself after ESC: P, X, ^ and _; and OSC's ], whose text BEL ends too. */
const texts = [0x50, 0x58, 0x5e, 0x5f];
const command = 0x5d;
const bracket = 0x5b;

/** What a byte belongs to: but for `screen`, what is for the terminal itself, and ends no cell. */
type Within = 'screen' | 'escape' | 'sequence' | 'text' | 'command';

/**
 * Makes a filter for a guest's bytes, chunk by chunk, cut anywhere: of marks on one character the first 8 stay. A cell of the emulator
 * has no bound of its own. Plain text passes as the very chunk that came. Controls of two bytes (C1) are written with ESC, as which they
 * mean the same. Only what stands on the screen ends a cell: the emulator does not end one at each sequence, as at one that makes no sense.
 */
export function createMarkFilter(): (chunk: Uint8Array) => Uint8Array {
	let marks = 0;
	/** The beginning of a character. */
	let rest = none;
	let known: Uint8Array | undefined;
	let within: Within = 'screen';

	const takeAscii = (byte: number): void => {
		if (within === 'screen' && byte !== escape && !breaks.includes(byte)) marks = 0;
		within = after(within, byte);
	};

	/** The look-up in Unicode's tables is slow: of the first 65536 code points it is done once. */
	const isMarkByCode = (code: number): boolean => {
		if (code > 0xff_ff) return isMark(String.fromCodePoint(code));
		known ??= new Uint8Array(0x1_00_00);
		known[code] ||= isMark(String.fromCodePoint(code)) ? 2 : 1;
		return known[code] === 2;
	};

	return (chunk) => {
		if (rest.length === 0 && within === 'screen') {
			const shown = countPlain(chunk);
			if (shown !== undefined) {
				if (shown > 0) marks = 0;
				return chunk;
			}
		}
		const input = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
		const output = Buffer.allocUnsafe(input.length);
		let length = 0;
		let at = 0;
		rest = none;
		while (at < input.length) {
			const first = input[at] ?? 0;
			if (first < del) {
				takeAscii(first);
				output[length++] = first;
				at++;
				continue;
			}
			const bytes = bytesFrom(first);
			const code = codeAt(input, at, bytes);
			if (code === undefined) {
				rest = input.slice(at);
				break;
			}
			if (code >= 0x80 && code < 0xa0) {
				for (const byte of [escape, code - 0x40]) {
					takeAscii(byte);
					output[length++] = byte;
				}
			} else if (code < 0 || code === byteOrderMark) {
				// The emulator drops it, so the character before it goes on.
				const dropped = code < 0 ? 1 : bytes;
				for (let index = at; index < at + dropped; index++) output[length++] = input[index] ?? 0;
				at += dropped;
				continue;
			} else {
				const isInSequence = within === 'escape' || within === 'sequence';
				const isCounted = !isInSequence && isMarkByCode(code);
				if (isCounted) marks++;
				else if (within === 'screen') marks = 0;
				// It breaks a sequence off, and is dropped there, but for DEL, which is dropped alone.
				if (isInSequence && code !== del) within = 'screen';
				if (!isCounted || marks <= mostMarks) {
					for (let index = at; index < at + bytes; index++) output[length++] = input[index] ?? 0;
				}
			}
			at += bytes;
		}
		return output.subarray(0, length);
	};
}

/** How many bytes stand on the screen where all is ASCII, and ends where it began; undefined: it does not. */
function countPlain(chunk: Uint8Array): number | undefined {
	let within: Within = 'screen';
	let shown = 0;
	for (let at = 0; at < chunk.length; at++) {
		const byte = chunk[at] ?? 0;
		if (byte >= del) return undefined;
		if (byte !== escape && within === 'screen') {
			if (!breaks.includes(byte)) shown++;
			continue;
		}
		within = after(within, byte);
		if (within === 'text' || within === 'command') return undefined;
	}
	return within === 'screen' ? shown : undefined;
}

/** Where the byte after this one stands. */
function after(within: Within, byte: number): Within {
	if (byte === escape) return 'escape';
	if (breaks.includes(byte)) return 'screen';
	switch (within) {
		case 'screen':
			return 'screen';
		case 'escape':
			if (byte === command) return 'command';
			if (texts.includes(byte)) return 'text';
			return byte === bracket ? 'sequence' : byte < 0x30 ? 'escape' : 'screen';
		case 'sequence':
			return byte < 0x40 ? 'sequence' : 'screen';
		case 'text':
			return 'text';
		case 'command':
			return byte === bell ? 'screen' : 'command';
		default:
			return within satisfies never;
	}
}

/** How many bytes a character of UTF-8 has that begins so; 1 for what begins none. */
function bytesFrom(first: number): number {
	return first < 0xc2 || first > 0xf4 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** The code point there; -1: none. Undefined: what is there may be the beginning of one. */
function codeAt(input: Uint8Array, at: number, bytes: number): number | undefined {
	const first = input[at] ?? 0;
	if (first === del) return first;
	if (bytes === 1) return -1;
	let code = first & (0xff >> (bytes + 1));
	for (let index = at + 1; index < at + bytes; index++) {
		const next = input[index];
		if (next === undefined) return undefined;
		if ((next & 0xc0) !== 0x80) return -1;
		code = (code << 6) | (next & 0x3f);
	}
	const least = bytes === 2 ? 0x80 : bytes === 3 ? 0x8_00 : 0x1_00_00;
	return code < least || code > 0x10_ff_ff || (code >= 0xd8_00 && code < 0xe0_00) ? -1 : code;
}
