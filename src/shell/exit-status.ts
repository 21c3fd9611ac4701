import {ShellError, type ErrorCode} from '../core/errors.ts';

const statuses: Readonly<Record<ErrorCode, number>> = {
	usage: 2,
	'not-found': 1,
	refused: 1,
	failed: 1,
	unavailable: 3,
	interrupted: 130,
	'not-executable': 1,
	'no-command': 1,
};

/** The exit code that a failure means: contract, "Exit codes". 70: a fault of the program itself. */
export function exitStatusOf(error: unknown, relaysStatus = false): number {
	if (!(error instanceof ShellError)) {
		return relaysStatus ? 125 : 70;
	}
	return relaysStatus && error.code !== 'interrupted' ? 125 : statuses[error.code];
}
