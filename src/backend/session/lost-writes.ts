import {ShellError, type ErrorCode} from '../../core/errors.ts';

/** A machine ended before its guest had said that all is written to its images, or what serves those of a container before its command did. */
export function describeLostWrites(name: string): {readonly message: string; readonly hint: string} {
	return {
		message: `What was written last to the images of '${name}' may be lost`,
		hint: 'They were cut off before they were unmounted: check their file systems',
	};
}

export function lostWrites(name: string, code: ErrorCode = 'failed'): ShellError {
	const {message, hint} = describeLostWrites(name);
	return new ShellError(code, message, {hint});
}
