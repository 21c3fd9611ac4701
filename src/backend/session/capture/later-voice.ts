import type {Voice} from '../../types.ts';

/** The voice of a start whose sandbox outlives it: who started it hears of it no more then. */
export interface LaterVoice extends Voice {
	/** From now on what is to be noticed is a line of the log. */
	moveTo(note: (text: string) => void): void;
}

export function createLaterVoice(first: Voice): LaterVoice {
	let current = first;
	return {
		notice: (...said) => current.notice(...said),
		phase: (...said) => current.phase(...said),
		moveTo(note) {
			current = {notice: (_level, _code, message) => note(message), phase: () => undefined};
		},
	};
}
