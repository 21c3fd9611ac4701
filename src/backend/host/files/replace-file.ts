import {closeSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {ifThere} from './if-there.ts';
import {openEmptyFile} from './open-own-file.ts';

/** What a file is called while it is written. */
export function temporaryName(path: string): string {
	return `${path}.new`;
}

/**
 * Writes a file for its owner alone; a reader, also one who comes after a writer that was killed, sees the old one or the new one whole. What
 * somebody has put there by the name that it has meanwhile, a link or a FIFO, is not followed, and not waited for.
 */
export function replaceFile(path: string, text: string): void {
	const temporary = temporaryName(path);
	try {
		const descriptor = openEmptyFile(temporary);
		try {
			writeFileSync(descriptor, text);
		} finally {
			closeSync(descriptor);
		}
		renameSync(temporary, path);
	} catch (error) {
		// Something else may have that name.
		ifThere(() => rmSync(temporary, {force: true}));
		throw error;
	}
}
