import {randomInt} from 'node:crypto';
import type {TerminalSize} from '../../backend/types.ts';
import {createSequenceReader} from './control-sequences.ts';

/** How many places the cursor is put at, on how many at least: so that nobody has asked for them before in that order, there are 2^40. */
const [places, leastArea] = [8, 32];
/** No more of a screen is used: what it is said to be may be more than it is. */
const most: TerminalSize = {rows: 24, columns: 80};

/** What is asked of a terminal after all that a guest has asked: whoever has the answer has had all others. */
interface LastQuestion {
	readonly text: string;
	/** Takes what the terminal says, in chunks cut anywhere; true once that has the answer. */
	hear(chunk: Uint8Array): boolean;
}

/**
 * Makes a question that the guest cannot have asked: where the cursor is that is put at random places. It stays where it was.
 * On a screen that is too small to hide them the answer is never known for one.
 */
export function createLastQuestion(size: TerminalSize = most): LastQuestion {
	const [rows, columns] = [Math.min(size.rows, most.rows), Math.min(size.columns, most.columns)];
	const asked = Array.from({length: places}, () => `${randomInt(rows) + 1};${randomInt(columns) + 1}`);
	const isHidden = rows * columns >= leastArea;
	let told: readonly string[] = [];
	let isAnswered = false;
	const answers = createSequenceReader((sequence) => {
		const place = /^\[(\d+;\d+)R$/.exec(sequence)?.[1];
		if (place === undefined) return;
		told = [...told, place].slice(-places);
		isAnswered ||= isHidden && told.join(' ') === asked.join(' ');
	});
	return {
		text: `\x1b7${asked.map((place) => `\x1b[${place}H\x1b[6n`).join('')}\x1b8`,
		hear(chunk) {
			answers.read(chunk);
			return isAnswered;
		},
	};
}
