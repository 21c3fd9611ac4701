import {closeSync, constants, existsSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {ifThere} from '../host/files/if-there.ts';
import {openOwnFile} from '../host/files/open-own-file.ts';

/** What a shell tells of a command that was killed. */
export const killedStatus = 137;

/** Whether the end of a sandbox is our own order, so that whoever waits for its command gets a status. */
interface OwnOrder {
	give(): void;
	/** By this process, or by another one that said so beside the sandbox; what was seen once stays. */
	isGiven(): boolean;
	/** The status of a command, also where it is not told because of the order. */
	orKilled(status: Promise<number>): Promise<number>;
}

const markOf = (statePath: string): string => join(statePath, 'destroyed');

export function openOrder(statePath: string): OwnOrder {
	let isGiven = false;
	const look = (): boolean => {
		isGiven ||= existsSync(markOf(statePath));
		return isGiven;
	};
	return {
		give() {
			isGiven = true;
		},
		isGiven: look,
		orKilled(status) {
			const told = status.catch((error: unknown) => (look() ? killedStatus : Promise.reject(error)));
			// Whoever waits hears of it.
			told.catch(() => undefined);
			return told;
		},
	};
}

/** Says beside a sandbox that its end is our own order; gives what takes that back. */
export function markOrdered(statePath: string): () => void {
	// It may have gone, or be none of ours.
	ifThere(() => closeSync(openOwnFile(markOf(statePath), constants.O_WRONLY | constants.O_CREAT)));
	return () => rmSync(markOf(statePath), {force: true});
}
