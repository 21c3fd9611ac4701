import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, plainProgram} from './usual-calls.ts';

/** Programs that write out what their standard input leads to, and fail where not all could be written; busybox's tools do not tell. By the names under which inits have them. */
export function writtenPrograms(architecture: ProgramArchitecture): Readonly<Record<'written' | 'flushed', Buffer>> {
	const call = callsOf(architecture);
	const required = {required: true};
	return {
		/** A file system, since it was mounted. */
		written: plainProgram([call('syncfs', [0], required)], architecture),
		/** A disk. */
		flushed: plainProgram([call('fsync', [0], required)], architecture),
	};
}
