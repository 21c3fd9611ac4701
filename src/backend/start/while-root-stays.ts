import {statSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';

/** What was to be mounted is not what the plan has seen, or not there any more. */
export class WayChanged extends ShellError {}

const most = 3;

interface Again {
	/** Whether something that comes or goes in the root can be why it failed, and nothing is left of it; default: always. */
	readonly isWorth?: (error: unknown) => boolean;
	readonly tell?: () => void;
}

/**
 * Does something anew that failed while something in the host's root directory came or went: what is there is mounted one by one, whoever
 * asked for it or not.
 */
export async function whileRootStays<Result>(
	signal: AbortSignal | undefined,
	attempt: () => Promise<Result>,
	{isWorth = () => true, tell = () => undefined}: Again = {},
): Promise<Result> {
	for (let left = most - 1; ; left--) {
		const before = changedAt();
		try {
			return await attempt();
		} catch (error) {
			if (left === 0 || signal?.aborted === true || !isWorth(error) || changedAt() === before) throw error;
			tell();
		}
	}
}

function changedAt(): bigint {
	return statSync('/', {bigint: true}).mtimeNs;
}
