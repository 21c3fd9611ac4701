import {closeSync, constants, fstatSync, ftruncateSync, openSync} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import {isOursAlone} from './own-directory.ts';

const {O_NOFOLLOW, O_NONBLOCK, O_NOCTTY} = constants;

/**
 * Opens a regular file that is ours alone; with O_CREAT it is made, mode 0600. What somebody has put in its place, a link or a FIFO, is
 * not followed, and not waited for.
 */
export function openOwnFile(path: string, flags: number): number {
	const file = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0o600);
	const stats = fstatSync(file);
	if (stats.isFile() && isOursAlone(stats)) return file;
	closeSync(file);
	throw new ShellError('refused', `${path} is not a file of yours alone`, {hint: 'Look at what lies there, and remove it'});
}

/** The same, to be written from its beginning: what it had is gone. */
export function openEmptyFile(path: string): number {
	const file = openOwnFile(path, constants.O_WRONLY | constants.O_CREAT);
	ftruncateSync(file, 0);
	return file;
}
