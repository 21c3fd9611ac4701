import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from './clock-ms.ts';

interface Looks {
	readonly mostMs: number;
	readonly stepMs: number;
	readonly signal?: AbortSignal | undefined;
}

/** Whether something comes true in time, by a look each step. */
export async function comesTrue(look: () => boolean | Promise<boolean>, {mostMs, stepMs, signal}: Looks): Promise<boolean> {
	const until = clockMs() + mostMs;
	while (!(await look())) {
		if (clockMs() > until) return false;
		await wait(stepMs, undefined, {signal});
	}
	return true;
}
