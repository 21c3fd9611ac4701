import {statfsSync} from 'node:fs';
import {dirname} from 'node:path';
import {listStates} from '../../guest/state/state-directory.ts';

/** Of the file system that other programs need as well, this part is for logs. */
const partOfAll = 1 / 16;
const mostBytes = 16 * 1024 * 1024;
/** The longest line fits. So little is enough for thousands of logs where state has a gigabyte. */
const leastBytes = 128 * 1024;

/** What of a sandbox is captured at most: its command's output and errors, or its terminal; the boot log; the root shell. */
const mostLogs = 4;

/**
 * How large one log of a sandbox may be: all logs share a part of the file system where sandboxes have their state, which is memory on most
 * hosts. Nobody looks into the directory of another sandbox for that: whoever removes that one may just keep it locked.
 */
export function logShare(statePath: string): number {
	try {
		const base = dirname(statePath);
		const {blocks, bsize} = statfsSync(base);
		const count = Math.max(1, listStates(base).length) * mostLogs;
		return Math.min(mostBytes, Math.max(leastBytes, Math.floor((blocks * bsize * partOfAll) / count)));
	} catch {
		return leastBytes;
	}
}
