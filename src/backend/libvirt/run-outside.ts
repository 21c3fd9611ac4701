import {MalformedData} from './xdr.ts';

/** Runs what may call foreign listeners: their faults are theirs, end the process as uncaught exceptions, and must not lose the rest of a chunk. */
export function runOutside(run: () => void): void {
	try {
		run();
	} catch (error) {
		if (error instanceof MalformedData) {
			throw error;
		}

		process.nextTick(() => {
			throw error;
		});
	}
}
