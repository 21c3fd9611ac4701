import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import {openInPlace} from './open-in-place.ts';
import {isOursAlone} from './own-directory.ts';

const usualMost = 256 * 1024 ** 2;

interface ReadOptions {
	/** What the file is called in an error. */
	readonly name?: string;
	readonly most?: number;
	/** What another user made, or may write to, is refused too, and so is a link. */
	readonly isOurs?: boolean;
	/** Its path has no links: one that has taken the place of it, or of a directory on the way, is refused. */
	readonly isPlace?: boolean;
}

/**
 * All of a regular file of `most` bytes at most. What else lies there is refused, and never waited for: the open of a FIFO waits for
 * its other end, and neither a signal nor the end of this process ends that.
 */
export function readRegularFile(path: string, {name = path, most = usualMost, isOurs = false, isPlace = false}: ReadOptions = {}): Buffer {
	const open = isPlace ? openInPlace : openSync;
	const descriptor = open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | (isOurs ? constants.O_NOFOLLOW : 0));
	try {
		const stats = fstatSync(descriptor);
		if (!stats.isFile()) throw new ShellError('refused', `${name} is not a regular file`, {hint: 'Look at what lies there'});
		if (isOurs && !isOursAlone(stats))
			throw new ShellError('refused', `${name} is another user’s, or others may write to it`, {hint: 'Look at what lies there'});
		const bytes = stats.size > most ? undefined : readUpTo(descriptor, most, stats.size);
		if (bytes === undefined) throw new ShellError('refused', `${name} is larger than ${most / 1024 ** 2} MiB`, {hint: 'Look at what lies there'});
		return bytes;
	} finally {
		closeSync(descriptor);
	}
}

/** Undefined where there is more than `most`. `size` is only a first guess: files of the kernel's tell 0. */
function readUpTo(descriptor: number, most: number, size: number): Buffer | undefined {
	let bytes = Buffer.allocUnsafe(Math.max(size, 4095) + 1);
	for (let length = 0; length <= most;) {
		if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, most + 1));
		const read = readSync(descriptor, bytes, length, bytes.length - length, null);
		if (read === 0) return bytes.subarray(0, length);
		length += read;
	}
	return undefined;
}
