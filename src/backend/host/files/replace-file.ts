import {renameSync, rmSync, writeFileSync} from 'node:fs';

/** Writes a file for its owner alone; a reader, also one who comes after a writer that was killed, sees the old one or the new one whole. */
export function replaceFile(path: string, text: string): void {
	const temporary = `${path}.new`;
	try {
		writeFileSync(temporary, text, {mode: 0o600});
		renameSync(temporary, path);
	} catch (error) {
		try {
			rmSync(temporary, {force: true});
		} catch {
			// Something else has that name.
		}
		throw error;
	}
}
