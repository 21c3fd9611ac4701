import {join} from 'node:path';

/** Where a sandbox's captured output is, below its state directory: one file for each console. */
export function logDirectory(statePath: string): string {
	return join(statePath, 'log');
}
