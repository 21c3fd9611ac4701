import {
	ansiMode,
	ansiModes,
	blinkMode,
	colours,
	keyboardLock,
	keyKinds,
	leftOn,
	movingModes,
	namedColours,
	ownModes,
	plotterMode,
	switchedOff,
	switchedOn,
	usualDesignations,
} from './terminal-at-rest.ts';

const csi = '\x1b[';
/** What switches the terminal itself over, and what ends that: it comes first, since nothing else is heeded before. A VT52 becomes but a VT100 by itself. */
const switchesOver = {vt52: `\x1b<${csi}64;1"p`, plotter: '\x1b\x03\x1b\\', printer: `${csi}4i${csi}?4i`, level: `${csi}64;1"p`} as const;
/** Further settings, and what puts them back, in this order. */
const putBack = {
	keypad: '\x1b>',
	lock: '\x1bm',
	// A region that is lifted moves the cursor home: save it and put it back.
	region: `\x1b7${csi}r\x1b8`,
	statusLine: `${csi}0$}${csi}0$~`,
	// Every eighth column again, as far as terminals are wide.
	tabs: `\x1b7\r${csi}3g${`${csi}8C\x1bH`.repeat(30)}\x1b8`,
	// The Linux console keeps its font through the first alone.
	style: `${csi}0;10m`,
	protection: `\x1bW${csi}0"q`,
	locator: `${csi}0'z`,
	link: '\x1b]8;;\x07',
	cursor: `${csi}0 q`,
	consoleCursor: `${csi}?0c`,
	titles: `${csi}>T`,
	pointer: `${csi}>1p\x1b]22;\x07`,
	palette: '\x1b]R\x1b\\',
	// Those of bold, underlined, blinking, reverse and italic text, which not every terminal with them sets back: they are switched off.
	specialColours: '\x1b]6;0;0;1;0;2;0;3;0;4;0\x07',
	namedColours: `\x1b]21;${namedColours.join(';')}\x1b\\`,
	font: '\x1b]50;#0\x07',
	functionKeys: '\x1bP0;1|\x1b\\',
	progress: '\x1b]9;4;0\x07',
	// What comes is a command's output again, where a click does not move the cursor.
	prompt: '\x1b]133;C\x07',
	line: '\x1b#5',
	// The Linux console: what an underline and half bright look like, what is usual, when it goes dark, its bell.
	console: `${csi}1;6]${csi}2;8]${csi}37;40m${csi}8]${csi}0m${csi}9;0]${csi}14;0]${csi}10]${csi}11]`,
	shift: '\x0f',
	keyboard: `${csi}=0u`,
} as const;
type Setting = keyof typeof putBack;

/** What control sequences touch: by how they end, and what is before that. */
const controls: ReadonlyArray<readonly [final: string, body: RegExp, touched: Setting]> = [
	['r', /^[^?]*$/, 'region'],
	['m', /^[^>]*$/, 'style'],
	['}', /#/, 'style'],
	['}', /\$/, 'statusLine'],
	['~', /\$/, 'statusLine'],
	['g', /^/, 'tabs'],
	['W', /^/, 'tabs'],
	['t', /^>/, 'titles'],
	['q', /"/, 'protection'],
	['q', / /, 'cursor'],
	['z', /'/, 'locator'],
	['c', /^\?/, 'consoleCursor'],
	['p', /^>/, 'pointer'],
	['u', /^[=><]/, 'keyboard'],
	[']', /^/, 'console'],
];
/** A prompt where clicks are told, or cursor keys that lead there. */
const clickedPrompt = /^\]133;[A-Z](?:;.*)?;(?:click_events=[^0;]|cl=)/s;
/** The same of strings: their beginning. */
const strings: ReadonlyArray<readonly [text: RegExp, ...touched: readonly Setting[]]> = [
	[/^\]8(?:;|$)/, 'link'],
	[/^\]22(?:;|$)/, 'pointer'],
	[/^\]P/, 'palette'],
	[/^\](?:[56]|106);/, 'specialColours'],
	// They are colours after all others, too.
	[/^\]4;(?:.*;)?(?:25[6-9]|2[6-9]\d|[3-9]\d\d|\d{4,});/, 'specialColours'],
	[/^\]21;/, 'namedColours'],
	[/^\]50;(?!CursorShape)/, 'font'],
	[/^\]9;4;/, 'progress'],
	[clickedPrompt, 'prompt'],
	[/^P[\d;]*\|/, 'functionKeys'],
	[/^P[\d;]*\$t/, 'style', 'tabs', 'shift'],
];
/** And of those that are no more than a letter. */
const letters: ReadonlyArray<readonly [first: string, touched: Setting]> = [
	...[...'\x0e\x0fno|}~NO'].map((first) => [first, 'shift'] as const),
	['#', 'line'],
	['=', 'keypad'],
	['>', 'keypad'],
	['H', 'tabs'],
	['V', 'protection'],
	['l', 'lock'],
	['l', 'region'],
];
/** What has a terminal tell things by itself: mouse, focus, colour scheme, size, that a key was let go. */
const tellingModes = new Set([9, 1000, 1001, 1002, 1003, 1004, 2031, 2048, 9001]);
/** The same of other settings: the pointer's place, keys again, and clicks at a prompt. */
const tellingSettings: readonly Setting[] = ['locator', 'keyboard', 'prompt'];
/** What says how a kind of keys is told: the ends of such sequences, which put them back by themselves. */
const keyFinals = 'mnf';

/** What of a terminal a guest has touched. */
interface TouchedSettings {
	/** The next sequence of the guest. */
	take(sequence: string): void;
	has(mode: number): boolean;
	/** Whether the keyboard was locked since this was asked. */
	wasLocked(): boolean;
	/** Whether the terminal may tell things that nobody asked for. */
	mayTell(): boolean;
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
	const keys = new Set<string>();
	const over = new Set<keyof typeof switchesOver>();
	const others = new Set<Setting>();
	let isLocked = false;
	let isTelling = false;

	const setModes = (body: string, final: string): void => {
		for (const mode of numbersIn(body)) {
			if (mode === ansiMode && final !== 'h') over.add('vt52');
			if (mode === plotterMode && final !== 'l') over.add('plotter');
			const isUnknown = final !== 'l' && isOfSomeTerminal(mode);
			if (isKnown(mode) || isUnknown) modes.add(mode);
			isTelling ||= isUnknown || (final !== 'l' && tellingModes.has(mode));
			if (mode === blinkMode && final !== 'l') others.add('cursor');
		}
	};

	const takeControl = (body: string, final: string): void => {
		if (body.startsWith('?') && 'hlr'.includes(final)) setModes(body, final);
		else if (final === 'h' || final === 'l') {
			const set = numbersIn(body).map(String);
			for (const mode of set) if (ansiModes.has(mode)) ansi.add(mode);
			isLocked ||= final === 'h' && set.includes(keyboardLock);
		} else if (final === 'i') over.add('printer');
		else if (final === 'p' && body.includes('"')) over.add('level');
		else if (keyFinals.includes(final) && body.startsWith('>')) {
			// Those of function keys where none is named.
			const [kind = final === 'n' ? 2 : keyKinds] = numbersIn(body);
			if (kind < keyKinds) keys.add(`${csi}>${kind}${final === 'n' ? 'm' : final}`);
		}
		for (const [end, holds, touched] of controls) if (end === final && holds.test(body)) others.add(touched);
	};

	const takeString = (text: string): void => {
		for (const [holds, ...touched] of strings) if (holds.test(text)) touched.forEach((each) => others.add(each));
		const [, number = '', list = ''] = /^\](\d+);?(.*)$/s.exec(text) ?? [];
		if (number === '21') coloured.add('4');
		else if (number === '4' || number === '5') {
			if (!/^(?:\d+;\?(?:;|$))*$/.test(list)) coloured.add(number);
		} else if (number in colours) {
			// Each further value is that of the next one.
			const set = list.split(';').flatMap((value, index) => (value === '?' ? [] : String(Number(number) + index)));
			for (const each of set) if (each in colours) coloured.add(each);
		}
	};

	return {
		take(sequence) {
			const first = sequence[0] ?? '';
			if (first === '[') takeControl(sequence.slice(1, -1), sequence.at(-1) ?? '');
			else if (first === ']' || first === 'P') takeString(sequence);
			else if (usualDesignations[first] !== undefined) designated.add(usualDesignations[first]);
			else for (const [letter, touched] of letters) if (letter === first) others.add(touched);
		},
		has: (mode) => modes.has(mode),
		wasLocked() {
			const was = isLocked;
			isLocked = false;
			return was;
		},
		mayTell: () => isTelling || tellingSettings.some((setting) => others.has(setting)),
		switchBack: () => [...over].map((each) => switchesOver[each]).join(''),
		undo() {
			const plain = [...modes].filter((mode) => !movingModes.has(mode)).toSorted((a, b) => a - b);
			const rest = Object.entries(putBack).filter(([name]) => others.has(name as Setting));
			return [
				...plain.map((mode) => `${csi}?${mode}${switchedOn.has(mode) ? 'h' : 'l'}`),
				...[...ansi].map((mode) => `${csi}${mode}${ansiModes.get(mode)}`),
				...rest.map(([, text]) => text),
				...[...designated].map((text) => `\x1b${text}`),
				...[...coloured].map((colour) => `\x1b]${colours[colour]}\x07`),
				...keys,
			].join('');
		},
	};
}

/** A mode that is not known may be one that has a terminal tell things by itself. */
function isOfSomeTerminal(mode: number): boolean {
	return mode >= ownModes.first && mode <= ownModes.last && !isKnown(mode) && !leftOn.has(mode);
}

function isKnown(mode: number): boolean {
	return switchedOn.has(mode) || switchedOff.has(mode) || movingModes.has(mode);
}

/** The numbers of a sequence; of one that is too large what terminals have of it that count with 32 bits. */
function numbersIn(body: string): number[] {
	return (body.match(/\d+/g) ?? []).map((digits) => (digits.length < 10 ? Number(digits) : Number(BigInt.asUintN(32, BigInt(digits)))));
}
