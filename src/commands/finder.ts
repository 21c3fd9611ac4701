import {setImmediate as turn} from 'node:timers/promises';
import {createContext, Script} from 'node:vm';
import {clockMs} from '../core/clock-ms.ts';
import {ShellError} from '../core/errors.ts';

/**
 * A line may be as long as a log, and be written so that an expression of several parts takes for ever on it: it is looked at in pieces, which
 * overlap by half.
 */
const pieceLength = 4096;
/** How long nothing else is done. */
const mostMs = 50;
/** How long one piece may take: what repeats within a repetition takes longer than anybody waits. */
const pieceMs = 1000;

/** Tells whether a text has what an expression says, in a piece of it. A signal ends it between two pieces. */
export function finderOf(expression: RegExp): (text: string, signal: AbortSignal) => Promise<boolean> {
	const test = testOf(expression);
	return (text, signal) => isFound(test, text, signal);
}

async function isFound(test: (piece: string) => boolean, text: string, signal: AbortSignal): Promise<boolean> {
	let begun = clockMs();
	for (let at = 0; at === 0 || at + pieceLength / 2 < text.length; at += pieceLength / 2) {
		if (test(text.slice(at, at + pieceLength))) return true;
		if (clockMs() - begun < mostMs) continue;
		await turn();
		signal.throwIfAborted();
		begun = clockMs();
	}
	return false;
}

/** Its test of a piece. What repeats once, and has no two ways to do so, cannot take long; looking after the others takes a moment each time. */
function testOf(expression: RegExp): (piece: string) => boolean {
	const plain = (piece: string): boolean => expression.test(piece);
	if (!/[|]|\\[1-9k]|[*+?{].*[*+?{]/s.test(expression.source)) return plain;
	const call = new Script('test()');
	const bounded: {test?: () => boolean} = createContext({});
	return (piece) => {
		bounded.test = () => plain(piece);
		try {
			return call.runInContext(bounded, {timeout: pieceMs}) === true;
		} catch (cause) {
			// It is no error of this realm.
			if (typeof cause !== 'object' || cause === null || !('code' in cause) || cause.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
			throw new ShellError('failed', `'${expression.source}' takes too long on a line`, {
				cause,
				hint: 'Do not repeat what already repeats, as (a+)+ does.',
			});
		}
	};
}
