import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../../core/clock-ms.ts';

/** What serves a machine ends with it: what lives longer than this has lost it. Also how long it is between two looks. */
const togetherMs = 300;
/** A machine that is only starting may not be seen for so long. */
const startingMs = 20_000;

/** Whether a machine goes on after the end of what serves it; settles soon where it is seen to, and never does before that end. */
export async function isLeftAlone(ended: Promise<void>, {isStopped, isRunning}: {isStopped(): boolean; isRunning(): boolean}): Promise<boolean> {
	await ended;
	const until = clockMs() + startingMs;
	do {
		await wait(togetherMs, undefined, {ref: false});
		if (isStopped()) return false;
		if (isRunning()) return true;
	} while (clockMs() < until);
	return false;
}
