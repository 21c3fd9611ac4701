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
	throw usageError(`The escape key '${text}' is not a key`, 'Write ^] or ^ and another letter, one character, or none.');
}

/** What a chunk of keys comes to: bytes for the guest, whether the escape key waits for what follows it, whether to leave, and what was typed after that. */
interface EscapeStep {
	readonly pass: Uint8Array;
	readonly waiting: boolean;
	readonly leave: boolean;
	readonly rest: Uint8Array;
}

const nothing = new Uint8Array();

/**
 * Looks for the escape key: typed twice it is sent once; followed by anything else, it leaves.
 * With `waiting` in the answer the caller leaves too when nothing has followed for a moment.
 */
export function stepEscape(waiting: boolean, typed: Uint8Array, escape: number | undefined): EscapeStep {
	if (escape === undefined) {
		return {pass: typed, waiting: false, leave: false, rest: nothing};
	}
	const chunk = plainEscape(typed, escape);
	if (!waiting && !chunk.includes(escape)) {
		return {pass: chunk, waiting: false, leave: false, rest: nothing};
	}
	const pass: number[] = [];
	let held = waiting;
	for (const [index, byte] of chunk.entries()) {
		if (held && byte !== escape) {
			return {pass: Uint8Array.from(pass), waiting: false, leave: true, rest: chunk.subarray(index)};
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
	return {pass: Uint8Array.from(pass), waiting: held, leave: false, rest: nothing};
}

/**
 * A key as terminals report it once a program in the guest asks for that: `CSI 93;5u` (kitty's protocol, with the key of a usual layout third),
 * `CSI 27;5;93~` (xterm's), `CSI 221;27;29;1;8;1_` (that of Windows: the character third, then whether it is pressed).
 */
const reported =
	/(?:\x1b\[|(?:\xc2)?\x9b)(?:27;(?<xterm>\d+);(?<code>\d+)~|(?<key>\d+)(?::\d*(?::(?<base>\d*))?)?;(?<kitty>\d+)(?::(?<event>\d+))?u|(?:\d*;){2}(?<character>\d+);(?<isDown>\d*)(?:;\d*)*_)/g;
type Reported = Partial<Record<'xterm' | 'code' | 'key' | 'base' | 'kitty' | 'event' | 'character' | 'isDown', string>>;
const [shift, control, locks] = [1, 4, 64 + 128];
/** From ESC, which is Ctrl + 3 too, to that digit. */
const digitsBehind = 0x33 - 0x1b;
/** CSI as one byte, where the guest has asked for such. */
const oneByte = 0x9b;
const released = '3';

/** What was typed, with the escape key as one byte however the terminal reports it. */
function plainEscape(typed: Uint8Array, escape: number): Uint8Array {
	if (escape >= 0x20 || (!typed.includes(0x5b) && !typed.includes(oneByte))) {
		return typed;
	}
	// Letters are reported as small ones. Of other signs layouts have some with Shift, or none: terminals take the digits for these.
	const keys = new Set([escape + 0x40, escape + 0x60, ...(escape >= 0x1b ? [escape + digitsBehind] : [])]);
	const text = Buffer.from(typed).toString('latin1');
	const plain = text.replace(reported, (sequence: string, ...rest: unknown[]) => {
		const {xterm, code, key, base, kitty, event, character, isDown} = rest.at(-1) as Reported;
		if (character !== undefined) return Number(character) !== escape ? sequence : isDown === '1' ? String.fromCharCode(escape) : '';
		const modifiers = (Number(xterm ?? kitty) - 1) & ~(locks + shift);
		if (modifiers !== control || ![code ?? key, base].some((each) => keys.has(Number(each)))) return sequence;
		return event === released ? '' : String.fromCharCode(escape);
	});
	return plain === text ? typed : Buffer.from(plain, 'latin1');
}
