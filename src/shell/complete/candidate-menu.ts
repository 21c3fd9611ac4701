import type {Candidate} from '../../commands/completion.ts';
import {cellWidth, padCells, safeText, truncate} from '../../core/text.ts';

/** Candidates shown at once. */
const shownAtOnce = 40;

/** What all words begin with. */
export function commonPrefix(words: readonly string[]): string {
	const [first = '', ...others] = words;
	let length = first.length;
	for (const word of others) {
		while (!word.startsWith(first.slice(0, length))) {
			length--;
		}
	}
	return first.slice(0, length);
}

/** One candidate on a line, its description beside it; no more than a screen of them. */
export function describeCandidates(candidates: readonly Candidate[], width: number): string {
	const shown = candidates.slice(0, shownAtOnce);
	const room = Math.max(...shown.map(({text}) => cellWidth(safeText(text)))) + 2;
	const lines = shown.map(({text, description}) => truncate(`  ${padCells(safeText(text), room)}${safeText(description)}`, width - 1).trimEnd());
	const more = candidates.length - shown.length;
	return [...lines, ...(more > 0 ? [`  … and ${more} more`] : []), ''].join('\n');
}
