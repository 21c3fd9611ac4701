import {ShellError, type ErrorCode} from '../../core/errors.ts';

/** A machine ended before its guest had said that all is written to its images, or what serves those of a container before its command did. */
export function describeLostWrites(name: string): {readonly message: string; readonly hint: string} {
	return {
		message: `What was written last to the images of '${name}' may be lost`,
		hint: 'The disk below them may be full or failing, or they were cut off before all was written: check their file systems',
	};
}

export function lostWrites(name: string, code: ErrorCode = 'failed', cause?: unknown): ShellError {
	const {message, hint} = describeLostWrites(name);
	return new ShellError(code, message, {hint, cause});
}

/** Waits for the end of a sandbox. What was lost matters more than whatever else has gone wrong with that. */
export async function tellLoss(ended: Promise<void>, findLoss: (cause?: unknown) => ShellError | undefined): Promise<void> {
	try {
		await ended;
	} catch (error) {
		throw findLoss(error) ?? error;
	}
	const loss = findLoss();
	if (loss !== undefined) throw loss;
}
