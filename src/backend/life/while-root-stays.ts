import {statSync} from 'node:fs';

const most = 3;

/**
 * Does something of which nothing has come when it fails, and does it anew where something in the host's root directory came or went
 * meanwhile: what is there is mounted one by one, whoever asked for it or not. `tellBegun`: from now on something may have come of it.
 */
export async function whileRootStays<Result>(signal: AbortSignal | undefined, attempt: (tellBegun: () => void) => Promise<Result>): Promise<Result> {
	for (let left = most - 1; ; left--) {
		const before = changedAt();
		let hasBegun = false;
		try {
			return await attempt(() => (hasBegun = true));
		} catch (error) {
			if (left === 0 || hasBegun || signal?.aborted === true || changedAt() === before) throw error;
		}
	}
}

function changedAt(): bigint {
	return statSync('/', {bigint: true}).mtimeNs;
}
