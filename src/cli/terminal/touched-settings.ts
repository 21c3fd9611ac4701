import {ansiMode, ansiModes, blinkMode, colours, keyKinds, movingModes, plotterMode, switchedOff, switchedOn, usualDesignations} from './terminal-at-rest.ts';

const csi = '\x1b[';
/** What switches the terminal itself over, and what ends that: it comes first, since nothing else is heeded before. A VT52 becomes but a VT100 by itself. */
const switchesOver = {vt52: `\x1b<${csi}64;1"p`, plotter: '\x1b\x03\x1b\\', printer: `${csi}4i${csi}?4i`, level: `${csi}64;1"p`} as const;
/** Further settings, and what puts them back, in this order. */
const putBack = {
	keypad: '\x1b>',
	lock: '\x1bm',
	// A region that is lifted moves the cursor home: save it and put it back.
	region: `\x1b7${csi}r\x1b8`,
	style: `${csi}0m`,
	protection: `${csi}0"q`,
	locator: `${csi}0'z`,
	link: '\x1b]8;;\x07',
	cursor: `${csi}0 q`,
	shift: '\x0f',
	keyboard: `${csi}=0u`,
} as const;

/** What of a terminal a guest has touched. */
export interface TouchedSettings {
	/** The next sequence of the guest. */
	take(sequence: string): void;
	has(mode: number): boolean;
	/** What ends that it is another kind of terminal. */
	switchBack(): string;
	/** What puts back the others but those which move the cursor. */
	undo(): string;
}

/**
 * Notes what of a terminal a guest has touched, whatever it did there since: terminals differ in what they heed, so that nobody can follow by
 * what they stand. What was put back already is put back once more, which changes nothing. It is bounded: there are so many settings.
 */
export function createTouchedSettings(): TouchedSettings {
	const modes = new Set<number>();
	const ansi = new Set<string>();
	const designated = new Set<string>();
	const coloured = new Set<string>();
	const keys = new Set<number>();
	const over = new Set<keyof typeof switchesOver>();
	const others = new Set<keyof typeof putBack>();

	const setModes = (body: string, final: string): void => {
		for (const mode of numbersIn(body)) {
			if (mode === ansiMode && final !== 'h') over.add('vt52');
			if (mode === plotterMode && final !== 'l') over.add('plotter');
			if (isKnown(mode)) modes.add(mode);
			if (mode === blinkMode) others.add('cursor');
		}
	};

	const touchKeys = (body: string): void => {
		for (const kind of numbersIn(body).slice(0, 1)) if (kind < keyKinds) keys.add(kind);
	};

	const takeCsi = (body: string, final: string): void => {
		const isPrivate = body.startsWith('?');
		if (isPrivate && 'hlr'.includes(final)) {
			setModes(body, final);
			return;
		}
		switch (final) {
			case 'h':
			case 'l':
				for (const mode of numbersIn(body)) if (ansiModes.has(String(mode))) ansi.add(String(mode));
				break;
			case 'i':
				over.add('printer');
				break;
			case 'r':
				others.add('region');
				break;
			case 'm':
				if (body.startsWith('>')) touchKeys(body);
				else others.add('style');
				break;
			case '}':
				others.add('style');
				break;
			case 'n':
				if (body.startsWith('>')) touchKeys(body);
				break;
			case 'z':
				if (body.includes("'")) others.add('locator');
				break;
			case 'p':
				if (body.includes('"')) over.add('level');
				break;
			case 'q':
				if (body.includes('"')) others.add('protection');
				else if (body.includes(' ')) others.add('cursor');
				break;
			case 'u':
				if (/^[=><]/.test(body)) others.add('keyboard');
				break;
		}
	};

	const takeString = (text: string): void => {
		if (/^\]8(?:;|$)/.test(text)) others.add('link');
		const [, number = ''] = /^\](\d+)/.exec(text) ?? [];
		if (number in colours && !/^\]\d+;(?:\d+;)?\?$/.test(text)) coloured.add(number);
	};

	return {
		take(sequence) {
			const first = sequence[0] ?? '';
			if (first === '[') takeCsi(sequence.slice(1, -1), sequence.at(-1) ?? '');
			else if (first === ']') takeString(sequence);
			else if ('\x0e\x0fno|}~NO'.includes(first)) others.add('shift');
			else if (first === '=' || first === '>') others.add('keypad');
			else if (first === 'l') others.add('lock').add('region');
			else if (first in usualDesignations) designated.add(first);
		},
		has: (mode) => modes.has(mode),
		switchBack: () => [...over].map((each) => switchesOver[each]).join(''),
		undo() {
			const plain = [...modes].filter((mode) => !movingModes.has(mode)).toSorted((a, b) => a - b);
			const rest = Object.entries(putBack).filter(([name]) => others.has(name as keyof typeof putBack));
			return [
				...plain.map((mode) => `${csi}?${mode}${switchedOn.has(mode) ? 'h' : 'l'}`),
				...[...ansi].map((mode) => `${csi}${mode}${ansiModes.get(mode)}`),
				...rest.map(([, text]) => text),
				...[...designated].map((slot) => `\x1b${slot}${usualDesignations[slot]}`),
				...[...coloured].map((colour) => `\x1b]${colours[colour]}\x07`),
				...[...keys].map((kind) => `${csi}>${kind}m`),
			].join('');
		},
	};
}

function isKnown(mode: number): boolean {
	return switchedOn.has(mode) || switchedOff.has(mode) || movingModes.has(mode);
}

/** The numbers of a sequence; of one that is too large what terminals have of it that count with 32 bits. */
function numbersIn(body: string): number[] {
	return (body.match(/\d+/g) ?? []).map((digits) => (digits.length < 10 ? Number(digits) : Number(BigInt.asUintN(32, BigInt(digits)))));
}
