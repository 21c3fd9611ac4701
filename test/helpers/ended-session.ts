import {PassThrough} from 'node:stream';
import type {GuestSession} from '../../src/backend/types.ts';

/** The session of a command that has ended with 0. */
export function endedSession(): GuestSession {
	return {
		stdin: new PassThrough(),
		stdout: new PassThrough(),
		stderr: undefined,
		kill: () => undefined,
		resize: () => undefined,
		exited: Promise.resolve(0),
	};
}
