import {mkdirSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {isCode} from '../../../core/is-code.ts';

/**
 * Makes a directory and those on the way to it; what is there is fine. Throws as mkdir does. Node's own `recursive` asks for ever below
 * a directory that takes none, as /proc: its ENOENT is not one that a parent would mend.
 */
export function makeDirectories(path: string, mode = 0o700): void {
	try {
		mkdirSync(path, {mode});
	} catch (error) {
		if (isCode(error, 'EEXIST') && isDirectory(path)) return;
		const parent = dirname(path);
		if (!isCode(error, 'ENOENT') || isDirectory(parent)) throw error;
		makeDirectories(parent, mode);
		makeDirectories(path, mode);
	}
}

function isDirectory(path: string): boolean {
	return statSync(path, {throwIfNoEntry: false})?.isDirectory() === true;
}
