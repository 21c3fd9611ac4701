import {createSequenceReader, type Heeded} from './control-sequences.ts';
import {alternateScreens, ansiMode, ansiModes, blinkMode, colours, originMode, switchedOff, switchedOn, usualDesignations} from './terminal-at-rest.ts';

const [shiftOut, shiftIn] = ['\x0e', '\x0f'];

function isKnown(mode: number): boolean {
	return switchedOn.has(mode) || switchedOff.has(mode) || alternateScreens.has(mode);
}

function mark<Item>(set: Set<Item>, item: Item, isOn: boolean): void {
	if (isOn) {
		set.add(item);
	} else {
		set.delete(item);
	}
}

/** Watches what a guest writes to the terminal, and says what puts back the modes it left on. */
export interface TerminalModes {
	/** Output of the guest, in chunks cut anywhere. */
	watch(chunk: Uint8Array): void;
	/** The bytes that undo what is still on; empty where nothing is. */
	undo(): string;
}

/**
 * Follows the control sequences of xterm's kind that outlive the program that sent them. Some terminals heed more of them than others: what
 * one kind has left on is undone, whatever the other kind has been told meanwhile.
 */
export function createTerminalModes(): TerminalModes {
	const kinds = (['some', 'every'] as const).map(followModes);
	return {
		watch: (chunk) => kinds.forEach(({watch}) => watch(chunk)),
		undo: () => [...new Set(kinds.map(({undo}) => undo()))].join(''),
	};
}

function followModes(heeded: Heeded): TerminalModes {
	const changed = new Set<number>();
	let keypad = false;
	let region = false;
	let style = false;
	let cursorShape = false;
	let isVt52 = false;
	/** What undoes what was on before: as a VT52 a terminal heeds nothing of what comes. */
	let beforeVt52 = '';
	/** Text is a link until one of no address comes. */
	let isLink = false;
	/** What goes to a printer is not shown: all of it, and each line as well. */
	const printing = new Set<string>();
	/** What undoes designations of character sets and shifts. */
	const characterSets = new Map<string, string>();
	const ansi = new Set<string>();
	const coloured = new Set<string>();
	const keyModifiers = new Set<string>();
	let keyboardPushed = 0;
	let keyboardFlags = false;

	const reset = (): void => {
		for (const each of [changed, characterSets, ansi, coloured, keyModifiers, printing]) {
			each.clear();
		}
		keypad = region = style = cursorShape = keyboardFlags = isLink = false;
		keyboardPushed = 0;
	};

	/** DECSTR: neither screens nor colours, nor modes of mice and pastes. */
	const softReset = (): void => {
		for (const mode of [1, 6, 7, 25, 66, 69]) {
			changed.delete(mode);
		}
		characterSets.clear();
		ansi.delete('4');
		keypad = region = style = false;
	};

	const designate = (slot: string, which: string): void => {
		const usual = usualDesignations[slot];
		if (usual === undefined || which === usual) {
			characterSets.delete(slot);
		} else {
			characterSets.set(slot, `\x1b${slot}${usual}`);
		}
	};

	const setMode = (parameters: string, on: boolean): void => {
		for (const word of parameters.split(';')) {
			// Sub-parameters are overlooked.
			const mode = Number.parseInt(word, 10);
			if (mode === ansiMode && !on && !isVt52) {
				beforeVt52 += undoModes();
				isVt52 = true;
			}
			if (isKnown(mode)) mark(changed, mode, on !== switchedOn.has(mode));
		}
	};

	const apply = (body: string, final: string): void => {
		if (body.startsWith('?') && (final === 'h' || final === 'l')) {
			setMode(body.slice(1), final === 'h');
		} else if (final === 'h' || final === 'l') {
			for (const mode of body.split(';').filter((each) => ansiModes.has(each))) {
				mark(ansi, mode, final !== ansiModes.get(mode));
			}
		} else if (final === 'i' && /^\??[45]$/.test(body)) {
			mark(printing, body.slice(0, -1), body.endsWith('5'));
		} else if (final === 'r' && body.startsWith('?')) {
			// What was saved, whatever that is.
			for (const mode of body.slice(1).split(';').map(Number)) if (isKnown(mode)) changed.add(mode);
		} else if (final === 'r') {
			region = body !== '';
		} else if (final === 'm' && body.startsWith('>')) {
			const [resource = '', value = ''] = body.slice(1).split(';');
			if (/^\d+$/.test(resource)) {
				mark(keyModifiers, resource, value !== '');
			}
		} else if (final === 'm' && /^[\d;:]*$/.test(body)) {
			style = !/(^|;)0*$/.test(body);
		} else if (final === 'q' && body.endsWith(' ')) {
			cursorShape = !/^0? $/.test(body);
		} else if (final === 'u' && body.startsWith('=')) {
			keyboardFlags = true;
		} else if (final === 'u' && body.startsWith('>')) {
			keyboardPushed += 1;
		} else if (final === 'u' && body.startsWith('<')) {
			keyboardPushed = Math.max(0, keyboardPushed - Math.max(1, Number(body.slice(1)) || 1));
		} else if (final === 'p' && body === '!') {
			softReset();
		}
	};

	/** A whole OSC: those that ask for a colour change nothing. */
	const applyString = (text: string): void => {
		const link = /^\]8;[^;]*(;?.?)/s.exec(text);
		if (link !== null) {
			isLink = link[1] !== ';';
			return;
		}
		const [, number = '', value] = /^\](\d+)(?:;(.*))?$/s.exec(text) ?? [];
		if (number in colours) {
			if (value !== undefined && !/^(?:\d+;)?\?/.test(value)) {
				coloured.add(number);
			}
		} else if (value === undefined) {
			coloured.delete(Object.keys(colours).find((each) => colours[each] === number) ?? '');
		}
	};

	const take = (sequence: string): void => {
		const first = sequence[0] ?? '';
		if (first === '[') {
			apply(sequence.slice(1, -1), sequence.at(-1) ?? '');
		} else if (first === ']') {
			applyString(sequence);
		} else if (sequence === shiftOut || first === 'n' || first === 'o') {
			characterSets.set('shift', shiftIn);
		} else if (sequence === shiftIn) {
			characterSets.delete('shift');
		} else if (first === '=' || first === '>') {
			keypad = first === '=';
		} else if (first === '<') {
			isVt52 = false;
		} else if (first === 'c') {
			reset();
		} else {
			designate(first, sequence.slice(1));
		}
	};
	const sequences = createSequenceReader(take, heeded);

	const undoModes = (): string => {
		let text = '';
		for (const mode of [...changed].toSorted((a, b) => a - b)) {
			text += `\x1b[?${mode}${switchedOn.has(mode) ? 'h' : 'l'}`;
		}
		text += changed.has(originMode) ? '\x1b[999H' : '';
		text += [...ansi].map((mode) => `\x1b[${mode}${ansiModes.get(mode)}`).join('');
		text += [...printing].map((prefix) => `\x1b[${prefix}4i`).join('');
		text += keypad ? '\x1b>' : '';
		// Resetting the region moves the cursor home: save it and put it back.
		text += region ? '\x1b7\x1b[r\x1b8' : '';
		text += style ? '\x1b[0m' : '';
		text += isLink ? '\x1b]8;;\x07' : '';
		text += cursorShape || changed.has(blinkMode) ? '\x1b[0 q' : '';
		text += [...characterSets.values()].join('');
		text += [...coloured].map((colour) => `\x1b]${colours[colour]}\x07`).join('');
		text += keyboardPushed > 0 ? `\x1b[<${keyboardPushed}u` : '';
		text += keyboardFlags ? '\x1b[=0u' : '';
		text += [...keyModifiers].map((resource) => `\x1b[>${resource}m`).join('');
		return text;
	};

	// CAN ends a sequence that the guest left half written.
	const undo = (): string => (sequences.isWithin() ? '\x18' : '') + (isVt52 ? '\x1b<' : '') + beforeVt52 + undoModes();
	return {watch: sequences.read, undo};
}
