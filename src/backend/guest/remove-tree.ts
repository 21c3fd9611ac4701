import {setImmediate as giveTurn} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import {goThroughTree} from './go-through-tree.ts';

/** After so long the others of this process have their turn. */
const sliceMs = 20;
/** How often a tree that somebody changes meanwhile is gone through. */
const mostTries = 8;

/**
 * Removes a directory with all that a guest may have put into it, by no link, and not through mounts. One that is gone already is fine. The
 * guest's end need not have been the last of it: whoever was handed a descriptor of a directory may go on changing what is in it. `signal`
 * gives it up, where it takes long.
 */
export async function removeTree(path: string, signal?: AbortSignal): Promise<void> {
	let until = clockMs() + sliceMs;
	let cause: unknown;
	for (let tries = 0; tries < mostTries;) {
		const steps = goThroughTree(path);
		let step = steps.next();
		for (; step.done !== true; step = steps.next()) {
			if (clockMs() < until) continue;
			await giveTurn();
			if (signal?.aborted === true) {
				steps.return(undefined);
				throw new ShellError('unavailable', `The removal of ${path} was given up`, {
					hint: '`virt-sandbox --clean` goes on with it',
					cause: signal.reason,
				});
			}
			until = clockMs() + sliceMs;
		}
		if (step.value === undefined) return;
		cause = step.value.trouble;
		if (!step.value.isForLater) tries++;
	}
	throw new ShellError('unavailable', `Cannot remove ${path}`, {
		hint: 'Somebody may have it open still, or something is mounted or left in it: `virt-sandbox --clean` removes it later',
		cause,
	});
}

/** Removes of a tree only what is empty, as far as that goes: a mount that was left in it by accident never costs a host file. */
export function removeEmptyTree(path: string): void {
	for (let isForLater = true; isForLater;) {
		const steps = goThroughTree(path, 'empty');
		let step = steps.next();
		while (step.done !== true) step = steps.next();
		isForLater = step.value?.isForLater === true;
	}
}
