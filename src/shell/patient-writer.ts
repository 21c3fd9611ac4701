import type {ByteWriter} from './stream-sink.ts';

/** A writer whose reader is waited for, until that is given up. */
export interface PatientWriter extends ByteWriter {
	/** Waits no longer for what has been written, nor for what comes, while the reader takes none of it. */
	giveUp(): void;
	/** Whether it was given up and something is still to be taken. */
	isStuck(): boolean;
}

/** Who has given up may go on and end, although somebody does not read what is written; a reader that goes on gets all of it. */
export function createPatientWriter(writer: ByteWriter): PatientWriter {
	let pending = 0;
	let isGivenUp = false;
	let patience = Promise.withResolvers<void>();
	const settle = (): void => {
		pending -= 1;
		if (pending > 0 || !isGivenUp) return;
		isGivenUp = false;
		patience = Promise.withResolvers<void>();
	};
	return {
		write(chunk) {
			const written = writer.write(chunk);
			if (written === undefined) return undefined;
			pending += 1;
			return Promise.race([written.finally(settle), patience.promise]);
		},
		giveUp() {
			if (pending === 0) return;
			isGivenUp = true;
			patience.resolve();
		},
		isStuck: () => isGivenUp,
	};
}
