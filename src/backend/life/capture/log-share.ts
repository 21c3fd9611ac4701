import {readdirSync, statfsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {listStates} from '../../guest/state-directory.ts';
import {logDirectory} from './log-directory.ts';

/** Of the file system that other programs need as well, this part is for logs. */
const partOfAll = 1 / 16;
const mostBytes = 16 * 1024 * 1024;
/** The longest line fits. So little is enough for thousands of logs where state has a gigabyte. */
const leastBytes = 128 * 1024;

/** How large one log of a sandbox may be: all logs share a part of the file system where sandboxes have their state, which is memory on most hosts. */
export function logShare(statePath: string): number {
	try {
		const base = dirname(statePath);
		const {blocks, bsize} = statfsSync(base);
		const count = listStates(base).reduce((sum, id) => sum + countNames(logDirectory(join(base, id))), 0);
		return Math.min(mostBytes, Math.max(leastBytes, Math.floor((blocks * bsize * partOfAll) / Math.max(1, count))));
	} catch {
		return leastBytes;
	}
}

function countNames(directory: string): number {
	try {
		return readdirSync(directory).length;
	} catch {
		return 0;
	}
}
