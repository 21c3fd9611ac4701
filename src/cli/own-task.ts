import {removerWord} from '../backend/clean-up/remover-word.ts';

/** The first word of a process that keeps a sandbox. Nobody types it. */
const keeperWord = '--keeper';

/** Room for a run that is over before any of it has to be tidied: whoever stays has no use for it. */
const isRoom = (word: string): boolean => word.startsWith('--min-semi-space-size=');

/** The words that run this program anew. */
export const programWords: readonly string[] = [process.execPath, ...process.execArgv.filter((word) => !isRoom(word)), process.argv[1] ?? ''];

/** Those that have it keep a sandbox. */
export const keeperWords: readonly string[] = [...programWords, keeperWord];

/** What this program is run for by itself, giving the exit status; undefined: a person has written the words. */
export function findOwnTask([first, , order = '']: readonly string[]): (() => Promise<number>) | undefined {
	switch (first) {
		case keeperWord:
			return async () => (await import('../backend/keep/keeper.ts')).runKeeper();
		case removerWord:
			return async () => (await import('../backend/clean-up/remover.ts')).runRemover(order);
		default:
			return undefined;
	}
}
