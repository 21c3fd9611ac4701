import {clockMs} from '../../core/clock-ms.ts';
import {createSequenceReader, longestSequence} from './control-sequences.ts';

/**
 * What a terminal answers: what asks who it is, by a letter and by ENQ; windows; modes whose state some tell as they are set. And any control sequence that is none of those which move,
 * erase, colour and set, as programs write them; any string that is none of the usual ones.
 */
const questions: readonly RegExp[] = [/^(?:Z|\x05)/, /^\[(?:1[13-9]|2[01])(?:[;:]\d*)*t$/, /^\[\?(?:\d*;)*(?:1004|2048)(?:;\d*)*h$/];
const ofStrings = /^[\]P_]/;
/** These have some text; or set something, unless they ask for it. */
const silentStrings: readonly RegExp[] = [
	/^\](?:[lLI]|(?:[0-26-9]|30|66|133|633|777|3008)(?:;|$))/,
	/^\]1337;(?:File|MultipartFile|FilePart|FileEnd|SetMark|CurrentDir|RemoteHost|SetUserVar|ShellIntegrationVersion)\b/,
	/^\](?:[3-5]|1\d|22|50|52|10[45]|11\d)(?:;[^?]*)?$/,
	/^\][PR][\da-fA-F]*$/,
	/^P(?:[\d;]*(?:[q|{]|\$t)|=[12]s)/,
];
/** Those of them that have one answer, or one for each value that they ask for; others may have any number. */
const countable = /^(?:\](?:[3-5]|1\d|22|50|52|60|61)(?:;|$)|P[\d;]*[$+][A-Za-z]|_G)/;
const silent: readonly RegExp[] = [
	/^\[[?>=<]?[\d;:]*[@-HJ-MPTWXZ`abdeghlrs]$/,
	/^\[[\d;:]*[fimpqtuIS~]$/,
	/^\[>[\d;:]*[fmnpuT]$/,
	/^\[[=<][\d;:]*u$/,
	/^\[(?:\d* q|\d*"q|\?[\d;]*i|!p|\d+(?:;\d+)?"p|[\d;]*\$[}~rtxvz{]|#[{}])$/,
];
/** Of one that is too long the question may not have been kept. */
const ofColours = /^\](?:[45]|1\d);/;
/** What it answers with. */
const answer = /^(?:\[[?>=]?[\d;:]*(?:[Rcntx]|\$y)$|\[[IO]$|\[\?\d*u$|[P\]_])/;
/** Whether it is there, in any form. */
const asksStatus = /^\[5(?:[;:].*)?n$/;
export const tellsStatus = /^\[0n$/;
/** A terminal that has not answered by then will not, in milliseconds. */
const patienceMs = 2000;

function asks(sequence: string): boolean {
	if (questions.some((shape) => shape.test(sequence))) return true;
	if (ofStrings.test(sequence)) return !silentStrings.some((shape) => shape.test(sequence));
	return sequence.startsWith('[') && !silent.some((shape) => shape.test(sequence));
}

/** How many answers a question may have: one for each colour, or capability. */
function answersTo(sequence: string): number {
	if (!ofStrings.test(sequence)) return 1;
	if (!countable.test(sequence)) return Number.POSITIVE_INFINITY;
	const values = sequence.startsWith(']') ? /\?/g : /^P.*\+q|;/g;
	return Math.max(1, sequence.match(values)?.length ?? 0);
}

/** Counts what a guest asked the terminal, and what the terminal answered. */
export interface TerminalQueries {
	/** Output of the guest, in chunks cut anywhere. */
	ask(chunk: Uint8Array): void;
	/** Input from the terminal, likewise. */
	answer(chunk: Uint8Array): void;
	/** How many answers may still come. */
	open(): number;
	/** How many of these may be to the question whether the terminal is there, which is asked last of all; undefined: any number. */
	lastOpen(): number | undefined;
}

/** Follows the questions of a guest to the terminal: an answer that comes after its end would be typed to whoever reads next. */
export function createTerminalQueries(now: () => number = () => clockMs()): TerminalQueries {
	let count = 0;
	let status = 0;
	let latest = Number.NEGATIVE_INFINITY;
	const isLate = (): boolean => now() - latest > patienceMs;
	const questions = createSequenceReader((sequence) => {
		if (!asks(sequence) && !(sequence.length >= longestSequence && ofColours.test(sequence))) return;
		if (isLate()) [count, status] = [0, 0];
		count += answersTo(sequence);
		if (asksStatus.test(sequence)) status++;
		latest = now();
	});
	const answers = createSequenceReader((sequence) => {
		if (answer.test(sequence)) count = Math.max(0, count - 1);
		if (tellsStatus.test(sequence)) status = Math.max(0, status - 1);
	});
	return {ask: questions.read, answer: answers.read, open: () => (isLate() ? 0 : count), lastOpen: () => (Number.isFinite(count) ? status : undefined)};
}
