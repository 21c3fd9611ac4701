import {ShellError} from '../core/errors.ts';
import type {CommandContext} from './context.ts';
import type {Calling} from './sandboxes.ts';

/** The name that a command on a running sandbox means: the one written, else the current definition's. */
export function runningNameOf({session}: CommandContext, name: string | undefined): string {
	return name ?? session.definition().name;
}

/** Whom to call for a sandbox: its definition's connection, else the session's. */
export function callingFor({session, signal}: CommandContext, name?: string): Calling {
	const spec = name === undefined ? undefined : session.state.definitions.get(name)?.spec;
	return {uri: spec?.uri ?? session.uri, backend: spec?.backend, signal};
}

/** Throws where the session is only to look. */
export function assertWritable({session}: CommandContext): void {
	if (session.readonly) {
		throw new ShellError('refused', 'The session is read-only', {hint: "Connect again with 'connect', without --readonly."});
	}
}
