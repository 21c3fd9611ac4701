import {clockMs} from '../../core/clock-ms.ts';

/** Sequences that a terminal answers: status and attributes, modes, window reports, its name, colours, settings, graphics. */
const query = /\u001B(?:\[(?:\??[\d;]*n|[>=]?[\d;]*c|\??[\d;]*\$p|\d*x|(?:1[13-9]|2[01])(?:;\d+)*t|>\d*q|\?u)|Z|\][^\u0007\u001B]*;\?|P[$+]q|_G)/g;
/** What it answers with. */
const answer = /\u001B(?:\[[?>=]?[\d;:]*(?:[Rcntx]|\$y)|\[\?\d*u|[P\]_])/g;
/** A terminal that has not answered by then will not, in milliseconds. */
const patienceMs = 2000;
const longestSequence = 64;

/** Counts what a guest asked the terminal, and what the terminal answered. */
export interface TerminalQueries {
	/** Output of the guest, in chunks cut anywhere. */
	ask(chunk: Uint8Array): void;
	/** Input from the terminal, likewise. */
	answer(chunk: Uint8Array): void;
	/** How many answers may still come. */
	open(): number;
}

/** Follows the questions of a guest to the terminal: an answer that comes after its end would be typed to whoever reads next. */
export function createTerminalQueries(now: () => number = () => clockMs()): TerminalQueries {
	const asked = countMatches(query);
	const answered = countMatches(answer);
	let count = 0;
	let latest = Number.NEGATIVE_INFINITY;
	return {
		ask(chunk) {
			const more = asked(chunk);
			if (more > 0) {
				count = (now() - latest > patienceMs ? 0 : count) + more;
				latest = now();
			}
		},
		answer(chunk) {
			count = Math.max(0, count - answered(chunk));
		},
		open: () => (now() - latest > patienceMs ? 0 : count),
	};
}

/** Counts the sequences of a stream; one that is cut is held until the rest comes. */
function countMatches(pattern: RegExp): (chunk: Uint8Array) => number {
	let held = '';
	return (chunk) => {
		if (held === '' && !chunk.includes(0x1b)) {
			return 0;
		}
		const text = held + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
		let count = 0;
		let end = 0;
		for (const match of text.matchAll(pattern)) {
			count += 1;
			end = match.index + match[0].length;
		}
		const last = text.lastIndexOf('\u001B');
		held = last >= end && text.length - last < longestSequence ? text.slice(last) : '';
		return count;
	};
}
