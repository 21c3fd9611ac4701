import {signalName} from './signal-kind.ts';

/** More is 128 + signal. */
const mostStatus = 128;

/** `status 3`, `status 137 (signal KILL)`. */
export function describeStatus(status: number): string {
	const signal = signalName(status - mostStatus);
	return signal === undefined ? `status ${status}` : `status ${status} (signal ${signal})`;
}
