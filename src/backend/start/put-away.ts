import type {Voice} from '../types.ts';
import {Unending} from '../clean-up/unending.ts';
import {CreateUnanswered} from './create-unanswered.ts';

/** Takes a step of a start back. `isLeft`: libvirtd may still make the sandbox, and needs what it was told of; or a process of it does not end. */
export type UndoStep = (isLeft: boolean) => unknown;

/** Takes back the steps of a start that has failed, the last one first; never rejects. Gives whether something is left. */
export async function putAway(undo: readonly UndoStep[], voice: Voice): Promise<boolean> {
	let isLeft = false;
	for (const step of undo.toReversed()) {
		try {
			await step(isLeft);
		} catch (error) {
			// The first fault is the one to tell; `clean` finds what is left.
			if (!(error instanceof CreateUnanswered || error instanceof Unending)) continue;
			isLeft = true;
			voice.notice('warning', 'left', error.message, error.hint);
		}
	}
	return isLeft;
}
