import {setTimeout as wait} from 'node:timers/promises';

/** Waits until something holds, 30 s at most. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
	const until = performance.now() + 30_000;
	while (!(await condition())) {
		if (performance.now() > until) throw new Error(`Still not: ${what}`);
		await wait(20);
	}
}
