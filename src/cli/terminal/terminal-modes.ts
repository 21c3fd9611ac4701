/** Modes of a terminal that programs switch on for themselves: mouse, focus, paste, application keys, synchronised output. */
const switchedOff = new Set([1, 9, 66, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2026]);
/** Modes that are on in a terminal at rest: autowrap and the cursor. */
const switchedOn = new Set([7, 25]);
const alternateScreens = new Set([47, 1047, 1049]);

const longestSequence = 64;

/** Watches what a guest writes to the terminal, and says what puts back the modes it left on. */
export interface TerminalModes {
	/** Output of the guest, in chunks cut anywhere. */
	watch(chunk: Uint8Array): void;
	/** The bytes that undo what is still on; empty where nothing is. */
	undo(): string;
}

/** Follows the control sequences of xterm's kind that outlive the program that sent them. */
export function createTerminalModes(): TerminalModes {
	const changed = new Set<number>();
	let keypad = false;
	let region = false;
	let style = false;
	let cursorShape = false;
	let lineDrawing = false;
	let keyboardPushed = 0;
	let keyModifiers = false;
	let sequence: string | undefined;

	const reset = (): void => {
		changed.clear();
		keypad = region = style = cursorShape = lineDrawing = keyModifiers = false;
		keyboardPushed = 0;
	};

	const setMode = (parameters: string, on: boolean): void => {
		for (const word of parameters.split(';')) {
			const mode = Number(word);
			const usual = switchedOn.has(mode);
			if (!usual && !switchedOff.has(mode) && !alternateScreens.has(mode)) {
				continue;
			}
			if (on === usual) {
				changed.delete(mode);
			} else {
				changed.add(mode);
			}
		}
	};

	const apply = (body: string, final: string): void => {
		if (body.startsWith('?') && (final === 'h' || final === 'l')) {
			setMode(body.slice(1), final === 'h');
		} else if (final === 'r' && !body.startsWith('?')) {
			region = body !== '';
		} else if (final === 'm' && body.startsWith('>4')) {
			keyModifiers = /^>4;[1-9]/.test(body);
		} else if (final === 'm' && /^[\d;:]*$/.test(body)) {
			style = !/(^|;)0*$/.test(body);
		} else if (final === 'q' && body.endsWith(' ')) {
			cursorShape = !/^0? $/.test(body);
		} else if (final === 'u' && body.startsWith('>')) {
			keyboardPushed += 1;
		} else if (final === 'u' && body.startsWith('<')) {
			keyboardPushed = Math.max(0, keyboardPushed - Math.max(1, Number(body.slice(1)) || 1));
		} else if (final === 'p' && body === '!') {
			const screens = [...changed].filter((mode) => alternateScreens.has(mode));
			reset();
			for (const mode of screens) {
				changed.add(mode);
			}
		}
	};

	/** One more character of a sequence that began with ESC; true where it ends here. */
	const take = (text: string): boolean => {
		const first = text[0] ?? '';
		const last = text.at(-1) ?? '';
		if (text.length > longestSequence) {
			return true;
		}
		if (first === '[') {
			if (text.length > 1 && last >= '@' && last <= '~') {
				apply(text.slice(1, -1), last);
				return true;
			}
			return false;
		}
		if (first === '(') {
			if (text.length === 2) {
				lineDrawing = last === '0';
			}
			return text.length === 2;
		}
		if (first === '=' || first === '>') {
			keypad = first === '=';
		} else if (first === 'c') {
			reset();
		}
		return true;
	};

	const watch = (chunk: Uint8Array): void => {
		let at = 0;
		while (at < chunk.length) {
			if (sequence === undefined) {
				const escape = chunk.indexOf(0x1b, at);
				if (escape === -1) {
					return;
				}
				sequence = '';
				at = escape + 1;
				continue;
			}
			const byte = chunk[at] ?? 0;
			at += 1;
			if (byte === 0x1b) {
				sequence = '';
			} else if (byte < 0x20 || byte > 0x7e) {
				// A control inside a sequence is obeyed without ending it; CAN and SUB end it.
				sequence = byte === 0x18 || byte === 0x1a || byte > 0x7e ? undefined : sequence;
			} else {
				sequence += String.fromCharCode(byte);
				if (take(sequence)) {
					sequence = undefined;
				}
			}
		}
	};

	const undo = (): string => {
		// CAN ends a sequence that the guest left half written.
		let text = sequence === undefined ? '' : '\x18';
		for (const mode of [...changed].toSorted((a, b) => a - b)) {
			text += `\x1b[?${mode}${switchedOn.has(mode) ? 'h' : 'l'}`;
		}
		text += keypad ? '\x1b>' : '';
		// Resetting the region moves the cursor home: save it and put it back.
		text += region ? '\x1b7\x1b[r\x1b8' : '';
		text += style ? '\x1b[0m' : '';
		text += cursorShape ? '\x1b[0 q' : '';
		text += lineDrawing ? '\x1b(B' : '';
		text += keyboardPushed > 0 ? `\x1b[<${keyboardPushed}u` : '';
		text += keyModifiers ? '\x1b[>4m' : '';
		return text;
	};

	return {watch, undo};
}
