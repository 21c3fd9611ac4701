import {writeSync} from 'node:fs';

/**
 * Node ends without a word, with status 0, when a promise can never settle and nothing is left that runs.
 * For a program that is a fault of its own: it is told, and the status is `status`.
 */
export function watchLostEnd(program: string, status: number): void {
	process.once('beforeExit', () => {
		if (process.exitCode !== undefined) {
			return;
		}
		process.exitCode = status;
		try {
			writeSync(2, `${program}: internal error: it waits for something that can no longer come\n`);
		} catch {
			// Then the status alone tells it.
		}
	});
}
