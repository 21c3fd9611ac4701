import {closeSync, constants, fstatSync, openSync, readFileSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';

const usualMost = 256 * 1024 ** 2;

/**
 * All of a regular file of `most` bytes at most. What else lies there is refused, and never waited for: the open of a FIFO waits for
 * its other end, and neither a signal nor the end of this process ends that. `name`: what the file is called in an error.
 */
export function readRegularFile(path: string, {name = path, most = usualMost}: {readonly name?: string; readonly most?: number} = {}): Buffer {
	const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
	try {
		const stats = fstatSync(descriptor);
		if (!stats.isFile()) throw new ShellError('refused', `${name} is no regular file`, {hint: 'Look at what lies there'});
		if (stats.size > most) throw new ShellError('refused', `${name} is larger than ${most / 1024 ** 2} MiB`, {hint: 'Look at what lies there'});
		return readFileSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}
