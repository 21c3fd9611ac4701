import {readdirSync, readFileSync} from 'node:fs';
import {ifThere} from './if-there.ts';

/** The text of a file of the system that need not be there; empty where it cannot be read. */
export function readOrEmpty(path: string): string {
	return ifThere(() => readFileSync(path, 'utf8')) ?? '';
}

/** The names in a directory that need not be there; none where it cannot be read. */
export function listOrEmpty(directory: string): string[] {
	return ifThere(() => readdirSync(directory)) ?? [];
}
