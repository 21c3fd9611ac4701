import {closeSync, constants, fstatSync, openSync} from 'node:fs';
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
