import type {Candidate} from '../../commands/completion.ts';
import {quoteOpen, quoteWord} from '../../commands/quote-word.ts';
import {cellWidth, padCells, safeText, truncate} from '../../core/text.ts';
import type {Completion} from './complete.ts';

/** Candidates shown at once. */
const shownAtOnce = 40;

/** What a candidate puts into the line: behind a whole word its quote is closed, and a blank parts it from the next. */
export function insertionOf({text, partial}: Candidate, quote: Completion['quote']): string {
	return `${quoted(text, quote)}${partial === true ? '' : `${quote ?? ''} `}`;
}

/** What all candidates begin with, where that is more than was typed. */
export function sharedStart({candidates, quote}: Completion, typed: string): string | undefined {
	const [first = '', ...others] = candidates.map(({text}) => text);
	let length = first.length;
	for (const word of others) {
		while (!word.startsWith(first.slice(0, length))) length--;
	}
	const start = quoted(first.slice(0, length), quote);
	return length > 0 && start.length > typed.length && start.startsWith(typed) ? start : undefined;
}

function quoted(text: string, quote: Completion['quote']): string {
	return quote === undefined ? quoteWord(text) : quoteOpen(text, quote);
}

/** One candidate on a line, its description beside it; no more than a screen of them. */
export function describeCandidates(candidates: readonly Candidate[], width: number): string {
	const shown = candidates.slice(0, shownAtOnce);
	const room = Math.max(...shown.map(({text}) => cellWidth(safeText(text)))) + 2;
	const lines = shown.map(({text, description}) => truncate(`  ${padCells(safeText(text), room)}${safeText(description)}`, width - 1).trimEnd());
	const more = candidates.length - shown.length;
	return [...lines, ...(more > 0 ? [`  … and ${more} more`] : []), ''].join('\n');
}
