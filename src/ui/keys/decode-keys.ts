/** One thing that a person did: a run of printable characters, a key with a name, or a whole paste. */
export type Key = (
	| {readonly kind: 'text'; readonly text: string}
	/** `up`, `enter`, `ctrl-a`, `meta-b`, `shift-tab`, `ctrl-right`, `f1`. */
	| {readonly kind: 'key'; readonly name: string}
	| {readonly kind: 'paste'; readonly text: string}
	/** Columns and rows from 0. */
	| {readonly kind: 'mouse'; readonly action: 'press' | 'release' | 'wheel-up' | 'wheel-down'; readonly column: number; readonly row: number}
) & {
	/** As the terminal sent it. */
	readonly raw?: string;
};

const pasteStart = '\x1b[200~';
const pasteEnd = '\x1b[201~';
/** A sequence that does not end is given up here, in characters. */
const longestSequence = 64;

const controls: Readonly<Record<string, string>> = {
	'\r': 'enter',
	'\n': 'ctrl-j',
	'\t': 'tab',
	'\x7f': 'backspace',
	'\x1c': 'ctrl-\\',
	'\x1d': 'ctrl-]',
	'\x1e': 'ctrl-^',
	'\x1f': 'ctrl-_',
	'\0': 'ctrl-@',
};
const letters: Readonly<Record<string, string>> = {
	A: 'up',
	B: 'down',
	C: 'right',
	D: 'left',
	F: 'end',
	H: 'home',
	P: 'f1',
	Q: 'f2',
	R: 'f3',
	S: 'f4',
	Z: 'shift-tab',
};
const numbers: Readonly<Record<string, string>> = {
	1: 'home',
	2: 'insert',
	3: 'delete',
	4: 'end',
	5: 'pageup',
	6: 'pagedown',
	7: 'home',
	8: 'end',
	// From f1 on; there are gaps.
	...Object.fromEntries([11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24].map((code, index) => [code, `f${index + 1}`])),
};

/** Names of keys that are no single character, without what is held down with them. */
const namedKeys = new Set(['enter', 'tab', 'backspace', 'escape', 'space', ...Object.values(letters), ...Object.values(numbers)]);
namedKeys.delete('shift-tab');

/** What a configuration may call a key; undefined: `name` is one, else the names that it may have meant. */
export function otherKeyNames(name: string): readonly string[] | undefined {
	const [, held = '', key = ''] = /^((?:ctrl-|meta-|shift-)*)(.+)$/su.exec(name) ?? [];
	return [...key].length === 1 || namedKeys.has(key) ? undefined : [...namedKeys].map((each) => held + each);
}

/** Splits what a terminal sent into keys; `rest` is the beginning of a sequence that goes on. `final`: nothing follows soon, so a lone ESC is the key. */
export function splitKeys(text: string, final: boolean): {readonly keys: readonly Key[]; readonly rest: string} {
	const keys: Key[] = [];
	let at = 0;
	while (at < text.length) {
		const step = text[at] === '\x1b' ? readEscape(text, at, final) : readPlain(text, at);
		if (step === undefined) {
			return {keys, rest: text.slice(at)};
		}
		if (step.key !== undefined) {
			keys.push({...step.key, raw: text.slice(at, step.next)});
		}
		at = step.next;
	}
	return {keys, rest: ''};
}

interface Step {
	readonly key: Key | undefined;
	readonly next: number;
}

function readPlain(text: string, at: number): Step {
	let end = at;
	while (end < text.length && !isControl(text.charCodeAt(end))) {
		end++;
	}
	if (end > at) {
		return {key: {kind: 'text', text: text.slice(at, end)}, next: end};
	}
	return {key: named(controlName(text.charAt(at))), next: at + 1};
}

function controlName(character: string): string {
	return controls[character] ?? `ctrl-${String.fromCharCode(character.charCodeAt(0) + 0x60)}`;
}

function isControl(code: number): boolean {
	return code < 0x20 || code === 0x7f;
}

function named(name: string): Key {
	return {kind: 'key', name};
}

/** What begins with ESC; undefined: it is not whole yet. */
function readEscape(text: string, at: number, final: boolean): Step | undefined {
	const next = text[at + 1];
	if (next === undefined) {
		return final ? {key: named('escape'), next: at + 1} : undefined;
	}
	if (next === '[') {
		return text.startsWith(pasteStart, at) ? readPaste(text, at, final) : readSequence(text, at, final);
	}
	if (next === 'O') {
		const letter = text[at + 2];
		if (letter === undefined) {
			return final ? {key: named('meta-O'), next: at + 2} : undefined;
		}
		const name = letters[letter];
		return {key: name === undefined ? undefined : named(name), next: at + 3};
	}
	if (next === ']' || next === 'P' || next === '_') {
		return readAnswer(text, at, final);
	}
	if (next === '\x1b') {
		return {key: named('escape'), next: at + 1};
	}
	const character = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
	const name = isControl(character.charCodeAt(0)) ? controlName(character) : character;
	return {key: named(`meta-${name}`), next: at + 1 + character.length};
}

function readPaste(text: string, at: number, final: boolean): Step | undefined {
	const from = at + pasteStart.length;
	const end = text.indexOf(pasteEnd, from);
	if (end === -1) {
		// The end of a long paste may take its time; nothing of it is a key.
		return final && text.length - from > 1_000_000 ? {key: {kind: 'paste', text: text.slice(from)}, next: text.length} : undefined;
	}
	return {key: {kind: 'paste', text: text.slice(from, end)}, next: end + pasteEnd.length};
}

/** ESC [ parameters letter. */
function readSequence(text: string, at: number, final: boolean): Step | undefined {
	let end = at + 2;
	while (end < text.length && text.charAt(end) >= ' ' && text.charAt(end) <= '?') {
		end++;
	}
	const letter = text[end];
	if (letter === undefined) {
		return final || end - at > longestSequence ? {key: end === at + 2 ? named('meta-[') : undefined, next: end} : undefined;
	}
	if (letter < '@' || letter > '~') {
		return {key: undefined, next: end};
	}
	return {key: keyOf(text.slice(at + 2, end), letter), next: end + 1};
}

function keyOf(parameters: string, letter: string): Key | undefined {
	if (parameters.startsWith('<') && (letter === 'M' || letter === 'm')) {
		return mouseKey(parameters.slice(1), letter === 'm');
	}
	if (!/^[0-9;:]*$/.test(parameters)) {
		return undefined;
	}
	const [first = '', modifier = ''] = parameters.split(';');
	if (letter === 'u') {
		return kittyKey(Number.parseInt(first, 10), modifiersOf(modifier));
	}
	// A cursor's position has the letter of a key.
	const name = letter === '~' ? numbers[first] : first === '' || first === '1' ? letters[letter] : undefined;
	return name === undefined ? undefined : named(modifiersOf(modifier) + name);
}

/** xterm's modifier is 1 + shift 1 + alt 2 + control 4. */
function modifiersOf(text: string): string {
	const bits = Math.max(0, (Number.parseInt(text, 10) || 1) - 1);
	return `${bits & 4 ? 'ctrl-' : ''}${bits & 2 ? 'meta-' : ''}${bits & 1 ? 'shift-' : ''}`;
}

function kittyKey(code: number, modifiers: string): Key | undefined {
	if (Number.isNaN(code) || code <= 0 || code > 0x10_ffff) {
		return undefined;
	}
	const special: Readonly<Record<number, string>> = {9: 'tab', 13: 'enter', 27: 'escape', 127: 'backspace'};
	const name = special[code];
	if (name === undefined && modifiers === '') {
		return {kind: 'text', text: String.fromCodePoint(code)};
	}
	return named(modifiers + (name ?? String.fromCodePoint(code)));
}

function mouseKey(parameters: string, release: boolean): Key | undefined {
	const [button = 0, column = 1, row = 1] = parameters.split(';').map(Number);
	const place = {column: column - 1, row: row - 1};
	if (button === 64 || button === 65) {
		return {kind: 'mouse', action: button === 64 ? 'wheel-up' : 'wheel-down', ...place};
	}
	return button === 0 ? {kind: 'mouse', action: release ? 'release' : 'press', ...place} : undefined;
}

/** An answer of the terminal that nobody asked for: dropped up to its end. */
function readAnswer(text: string, at: number, final: boolean): Step | undefined {
	const bell = text.indexOf('\x07', at);
	const end = text.indexOf('\x1b\\', at + 2);
	if (bell === -1 && end === -1) {
		if (final || text.length - at > 4096) {
			return {key: named(`meta-${text[at + 1] ?? ''}`), next: at + 2};
		}
		return undefined;
	}
	return {key: undefined, next: bell !== -1 && (end === -1 || bell < end) ? bell + 1 : end + 2};
}
