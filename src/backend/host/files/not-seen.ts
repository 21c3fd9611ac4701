import {isCode} from '../../../core/is-code.ts';
import {ShellError} from '../../../core/errors.ts';

/** Why something that was named cannot be used: this host has it not, or the caller may not look at it. `hint`: what to do where it is missing. */
export function notSeen(path: string, {hint, cause}: {hint: string; cause: unknown}): ShellError {
	if (isCode(cause, 'EACCES')) {
		return new ShellError('refused', `${path} cannot be looked at: you may not enter a directory on the way to it`, {
			hint: 'Look at the rights of the directories above it',
			cause,
		});
	}
	if (isCode(cause, 'ENOENT') || isCode(cause, 'ENOTDIR')) return new ShellError('not-found', `The host has no ${path}`, {hint, cause});
	const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
	return new ShellError('refused', `${path} cannot be looked at${reason}`, {hint: 'Does its file system still answer?', cause});
}
