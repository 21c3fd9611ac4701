import {ShellError} from '../../core/errors.ts';
import {systemReason} from '../../core/system-reason.ts';

/** Standard input cannot be read on. */
export function unreadInput(error: Error): ShellError {
	return new ShellError('failed', `cannot read standard input: ${systemReason(error)}`, {
		hint: 'The command was ended, since it would take that for the end of its input.',
		cause: error,
	});
}
