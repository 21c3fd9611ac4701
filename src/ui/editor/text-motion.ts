import {isUnsafeCharacter} from '../../core/text.ts';

const segmenter = new Intl.Segmenter('en', {granularity: 'grapheme'});
const wordSign = /[\p{L}\p{N}_]/u;

/** The offset one grapheme before another, 0 at the start. */
export function previousOffset(text: string, at: number): number {
	if (at > 0 && text.charCodeAt(at - 1) < 0x80) {
		return at - 1;
	}
	let last = 0;
	for (const {index} of segmenter.segment(text.slice(0, at))) {
		last = index;
	}
	return last;
}

/** The offset one grapheme after another, the text's length at its end. */
export function nextOffset(text: string, at: number): number {
	const [first] = segmenter.segment(text.slice(at, at + 64));
	return Math.min(text.length, at + (first?.segment.length ?? 0));
}

/** The start of what consists of such characters and ends before an offset, or before others that stand there. */
function startBefore(text: string, at: number, sign: RegExp): number {
	let index = at;
	while (index > 0 && !sign.test(text.charAt(index - 1))) index--;
	while (index > 0 && sign.test(text.charAt(index - 1))) index--;
	return index;
}

/** The start of the word before an offset: letters, digits, underscores. */
export function wordStart(text: string, at: number): number {
	return startBefore(text, at, wordSign);
}

/** The start of the blank-separated word before an offset, as ^W takes it. */
export function blankWordStart(text: string, at: number): number {
	return startBefore(text, at, /\S/);
}

export function wordEnd(text: string, at: number): number {
	let index = at;
	while (index < text.length && !wordSign.test(text.charAt(index))) index++;
	while (index < text.length && wordSign.test(text.charAt(index))) index++;
	return index;
}

/** The bounds of the line of a text that an offset stands in. */
export function lineBounds(text: string, at: number): {readonly start: number; readonly end: number} {
	const end = text.indexOf('\n', at);
	return {start: text.lastIndexOf('\n', at - 1) + 1, end: end === -1 ? text.length : end};
}

/** Text that may stand in a line: line ends are line feeds, a tab is a blank, other controls are gone. */
export function cleanInput(text: string): string {
	return [...text.replaceAll(/\r\n?/g, '\n').replaceAll('\t', ' ')].filter((character) => character === '\n' || !isUnsafeCharacter(character)).join('');
}
