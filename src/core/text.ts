import {once} from './once.ts';

/**
 * What a terminal would obey or hide: C0 and C1 controls, DEL, soft hyphen, bidi marks and overrides, zero-width and
 * line separators, interlinear marks, tag characters, lone surrogates and noncharacters.
 */
const unsafe = once(
	() =>
		/[\p{Cc}\p{Cs}\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/gu,
);

const printableAscii = /^[ -~]*$/;

const shortEscapes: Readonly<Record<string, string>> = {'\n': '\\n', '\r': '\\r', '\t': '\\t'};

function escapeCharacter(character: string): string {
	const short = shortEscapes[character];
	if (short !== undefined) {
		return short;
	}
	const code = character.codePointAt(0) ?? 0;
	return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

function replaceUnsafe(text: string, by: (character: string) => string): string {
	return printableAscii.test(text) ? text : text.replace(unsafe(), by);
}

/** Makes foreign text safe for a terminal, on one line: what a terminal would obey or hide becomes a visible escape. */
export function safeText(text: string): string {
	return replaceUnsafe(text, escapeCharacter);
}

/** As `safeText`, but keeps line feeds and tabs: for text of several lines. */
export function safeLines(text: string): string {
	return replaceUnsafe(text, (character) => (character === '\n' || character === '\t' ? character : escapeCharacter(character)));
}

/** Writes the same characters as \uXXXX, a unit each: in JSON and in JavaScript the same text. */
export function escapeUnits(text: string): string {
	return replaceUnsafe(text, (character) => character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

/** Whether text holds a control character (C0, DEL, C1). */
export function hasControlCharacters(text: string): boolean {
	return /\p{Cc}/u.test(text);
}

/** Whether a character is one that `safeText` shows as an escape. */
export function isUnsafeCharacter(character: string): boolean {
	const pattern = unsafe();
	pattern.lastIndex = 0;
	return pattern.test(character);
}

/** What stands before a sign and what behind it; undefined: the sign is not there. */
export function splitOnce(text: string, sign: string): readonly [before: string, behind: string | undefined] {
	const at = text.indexOf(sign);
	return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + sign.length)];
}

/** East Asian wide and full-width ranges, and emoji that show as pictures by default (two cells each). */
const wide = once(
	() =>
		/^[\u1100-\u115f\u231a\u231b\u2329\u232a\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}/u,
);

function graphemes(text: string): string[] {
	return Array.from(new Intl.Segmenter('en', {granularity: 'grapheme'}).segment(text), (part) => part.segment);
}

function graphemeWidth(grapheme: string): number {
	if (/^[\p{Mn}\p{Me}\p{Cc}\p{Cf}\p{Cs}]/u.test(grapheme)) {
		return 0;
	}
	return wide().test(grapheme) || grapheme.includes('\ufe0f') ? 2 : 1;
}

/** Cells that text takes in a terminal; controls count as none, so pass foreign text through `safeText` first. */
export function cellWidth(text: string): number {
	return printableAscii.test(text) ? text.length : graphemes(text).reduce((sum, part) => sum + graphemeWidth(part), 0);
}

/** Cuts text to a number of cells, with `…` in the last one where something was cut. */
export function truncate(text: string, cells: number): string {
	if (cellWidth(text) <= cells) {
		return text;
	}
	if (cells <= 0) {
		return '';
	}
	let kept = '';
	let width = 0;
	for (const part of graphemes(text)) {
		const next = width + graphemeWidth(part);
		if (next > cells - 1) {
			break;
		}
		kept += part;
		width = next;
	}
	return `${kept}…`;
}

/** Fills text with blanks up to a number of cells. */
export function padCells(text: string, cells: number): string {
	return text + ' '.repeat(Math.max(0, cells - cellWidth(text)));
}
