import {readdirSync, readFileSync} from 'node:fs';

/** The text of a file of the system that need not be there; empty where it cannot be read. */
export function readOrEmpty(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}

/** The names in a directory that need not be there; none where it cannot be read. */
export function listOrEmpty(directory: string): string[] {
	try {
		return readdirSync(directory);
	} catch {
		return [];
	}
}
