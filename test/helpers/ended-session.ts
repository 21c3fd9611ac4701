import {PassThrough} from 'node:stream';
import type {Session} from '../../src/backend/types.ts';

/** The session of a command that has ended with 0. */
export function endedSession(): Session {
	return {
		stdin: new PassThrough(),
		stdout: new PassThrough(),
		stderr: undefined,
		kill: () => undefined,
		resize: () => undefined,
		exited: Promise.resolve(0),
	};
}
