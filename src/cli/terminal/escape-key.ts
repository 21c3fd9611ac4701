import {usageError} from '../../core/errors.ts';

/** Reads a key in hat notation (`^]`, `^A`, `^?`), a single ASCII character, or `none`: its byte, or undefined for none. */
export function parseEscapeKey(text: string): number | undefined {
	if (text === 'none') {
		return undefined;
	}
	if (text === '^?') {
		return 0x7f;
	}
	if (/^\^[@-_a-z]$/.test(text)) {
		return text.toUpperCase().charCodeAt(1) & 0x1f;
	}
	if (/^[ -~]$/.test(text) && text !== '^') {
		return text.charCodeAt(0);
	}
	throw usageError(`The escape key '${text}' is no key`, 'Write ^] or ^ and another letter, one character, or none.');
}

/** What a chunk of keys comes to: bytes for the guest, whether the escape key waits for what follows it, whether to leave. */
export interface EscapeStep {
	readonly pass: Uint8Array;
	readonly waiting: boolean;
	readonly leave: boolean;
}

/**
 * Looks for the escape key: typed twice it is sent once; followed by anything else, it leaves.
 * With `waiting` in the answer the caller leaves too when nothing has followed for a moment.
 */
export function stepEscape(waiting: boolean, chunk: Uint8Array, escape: number | undefined): EscapeStep {
	if (escape === undefined || (!waiting && !chunk.includes(escape))) {
		return {pass: chunk, waiting: false, leave: false};
	}
	const pass: number[] = [];
	let held = waiting;
	for (const byte of chunk) {
		if (held && byte !== escape) {
			return {pass: Uint8Array.from(pass), waiting: false, leave: true};
		}
		if (byte !== escape) {
			pass.push(byte);
		} else if (held) {
			pass.push(byte);
			held = false;
		} else {
			held = true;
		}
	}
	return {pass: Uint8Array.from(pass), waiting: held, leave: false};
}
