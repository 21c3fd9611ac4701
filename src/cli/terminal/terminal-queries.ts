import {clockMs} from '../../core/clock-ms.ts';
import {createSequenceReader, longestSequence} from './control-sequences.ts';

/**
 * Controls that no terminal answers, in whatever way it reads them: some heed no sign before the numbers, others none after them. So what has a sign is here
 * only where it asks for nothing without that, too. Any other control is a question.
 */
const silentControls: readonly RegExp[] = [
	/^\[[\d;]*[@-HJ-MPSTWXZ`abdefghilpqrsu~]$/,
	/^\[>?[\d;:]*m$/,
	// Windows: but for what is asked of them.
	/^\[(?:\d?|10|2[2-9]|[3-9]\d|\d{3})(?:;[\d;]*)?t$/,
	/^\[\?[\d;]*[hilrsJKW]$/,
	/^\[>[\d;]*[fpuT]$/,
	/^\[=[\d;]*[hlu]$/,
	/^\[<\d*u$/,
	/^\[(?:\d* q|\d*"q|!p|\d+(?:;\d+)?"p|[\d;]*\$[}~rvz{]|#[{}])$/,
];
/** A number that is another one where it is kept in 32 bits; modes whose state some terminals tell as they are set; who it is, as a VT52 is asked too; ENQ; what is within another sequence. */
const questions: readonly RegExp[] = [/^\[.*\d{10}/, /^\[[?>=<](?=[\d;]*[hr]$).*(?<!\d)(?:1004|2048)(?!\d)/, /^(?:[ -/]*Z|\x05)$/, /\x1b$/];
const ofStrings = /^[\]P_]/;
/** These have some text; or set something, unless they ask for it. */
const silentStrings: readonly RegExp[] = [
	/^\](?:[lLI]|(?:[0-26-9]|30|66|133|633|777|3008)(?:;|$))/,
	/^\]1337;(?:File|MultipartFile|FilePart|FileEnd|SetMark|CurrentDir|RemoteHost|SetUserVar|ShellIntegrationVersion)\b/,
	/^\](?:[3-5]|1\d|2[12]|50|52|10[45]|11\d)(?:;[^?]*)?$/,
	/^\][PR][\da-fA-F]*$/,
	/^P(?:[\d;]*(?:[q|{]|\$t)|=[12]s)/,
];
/** Strings that a terminal answers before it reads on: to others somebody else answers, as another program, or the user who is asked first. */
const answeredInTurn = /^(?:\](?:[3-5]|1\d|2[12]|50|60|61)(?:;|$)|P[\d;]*[$+][A-Za-z]|_G)/;
/** Of one that is too long the question may not have been kept. */
const ofColours = /^\](?:[45]|1\d);/;
/** GNU screen hands what is in such a string on to the terminal outside: that may be any question. */
const holdsOthers = /^P/;
/** What it answers with; no keys. */
const answer = /^(?:\[.*[cfntvwxyR]$|\[\?\d*u$|[P\]_])/;
/** A terminal that has not answered by then will not, in milliseconds. */
const patienceMs = 2000;

function asks(sequence: string): boolean {
	if (questions.some((shape) => shape.test(sequence))) return true;
	if (ofStrings.test(sequence)) {
		return !silentStrings.some((shape) => shape.test(sequence)) || (sequence.length >= longestSequence && ofColours.test(sequence));
	}
	return sequence.startsWith('[') && (sequence.length > longestSequence || !silentControls.some((shape) => shape.test(sequence)));
}

/** Which answers of a terminal may still come: none; such as come before that to any later question; or some at any time. */
export type OpenAnswers = 'none' | 'in turn' | 'at any time';

interface QueriesOptions {
	readonly now?: () => number;
	/** A terminal multiplexer stands between, which answers some questions itself, and hands strings on to the terminal outside. */
	readonly isHandedOn?: boolean;
}

/** Knows whether a guest has asked the terminal something. */
interface TerminalQueries {
	/** Output of the guest, in chunks cut anywhere; whether it asks something. */
	ask(chunk: Uint8Array): boolean;
	/** The terminal has only now taken all that was asked of it. */
	delay(): void;
	/** Input from the terminal, likewise: while it answers, further answers may come. */
	answer(chunk: Uint8Array): void;
	open(): OpenAnswers;
}

/**
 * Follows the questions of a guest to the terminal: an answer that comes after its end would be typed to whoever reads next. Answers are not
 * counted, since terminals differ in how many they have to a question.
 */
export function createTerminalQueries({now = () => clockMs(), isHandedOn = false}: QueriesOptions = {}): TerminalQueries {
	let open: OpenAnswers = 'none';
	let latest = Number.NEGATIVE_INFINITY;
	let asked = 0;
	const openNow = (): OpenAnswers => (now() - latest > patienceMs ? 'none' : open);
	const take = (sequence: string): void => {
		if (!asks(sequence) && !(isHandedOn && holdsOthers.test(sequence))) return;
		const isInTurn = openNow() !== 'at any time' && (!ofStrings.test(sequence) || (!isHandedOn && answeredInTurn.test(sequence)));
		asked++;
		open = isInTurn ? 'in turn' : 'at any time';
		latest = now();
	};
	const questions = (['some', 'fewest'] as const).map((heeded) => createSequenceReader(take, heeded));
	const answers = createSequenceReader((sequence) => {
		if (openNow() !== 'none' && answer.test(sequence)) latest = now();
	});
	return {
		ask(chunk) {
			const before = asked;
			for (const {read} of questions) read(chunk);
			return asked > before;
		},
		delay: () => void (latest = now()),
		answer: answers.read,
		open: openNow,
	};
}
