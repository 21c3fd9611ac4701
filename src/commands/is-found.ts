import {setImmediate as turn} from 'node:timers/promises';
import {clockMs} from '../core/clock-ms.ts';

/**
 * A line may be as long as a log, and be written so that an expression of several parts takes for ever on it: it is looked at in pieces, which
 * overlap by half.
 */
const pieceLength = 4096;
/** How long nothing else is done. */
const mostMs = 50;

/** Whether a text has what an expression says, in a piece of it. A signal ends it between two pieces. */
export async function isFound(expression: RegExp, text: string, signal: AbortSignal): Promise<boolean> {
	let begun = clockMs();
	for (let at = 0; at === 0 || at + pieceLength / 2 < text.length; at += pieceLength / 2) {
		if (expression.test(text.slice(at, at + pieceLength))) return true;
		if (clockMs() - begun < mostMs) continue;
		await turn();
		signal.throwIfAborted();
		begun = clockMs();
	}
	return false;
}
