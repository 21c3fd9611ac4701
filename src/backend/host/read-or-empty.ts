import {readFileSync} from 'node:fs';

/** The text of a file of the system that need not be there; empty where it cannot be read. */
export function readOrEmpty(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}
