import {accessSync, closeSync, constants, fstatSync, openSync, readSync, type BigIntStats} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import {isCode} from '../../../core/is-code.ts';
import {identityOf} from '../../host/files/file-identity.ts';
import {notSeen} from '../../host/files/not-seen.ts';
import {openInPlace, pathOf} from '../../host/files/open-in-place.ts';

/** An image of the host, open for reading. */
export interface ImageFile {
	/** Which file it is, as `identityOf` says. */
	readonly identity: string;
	/** In bytes; undefined: that of a block device, which no stat tells. */
	readonly size: number | undefined;
	/** We have the right to write to it, whether its file system can be written to or not. */
	readonly mayWrite: boolean;
	/**
	 * Takes a device for this process alone; gives what lets go of it. Undefined: the host's kernel has it for itself, in whatever mount namespace
	 * (mounted, as swap, or as a part of another one), or another process has taken it so. Of a file there is nothing to take.
	 */
	readonly claim: () => (() => void) | undefined;
	/** So many bytes from an offset, both taken from wherever; undefined: not all of them are there. */
	read(offset: number | bigint, length: number): Buffer | undefined;
}

/** Opens an image for the time of a look at it: a file or a block device, and nothing else; by no link, since its path has none. */
export function withImage<Result>(path: string, look: (image: ImageFile) => Result): Result {
	let fd: number;
	try {
		// A named pipe would wait for its other end.
		fd = openInPlace(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
	} catch (cause) {
		if (cause instanceof ShellError) throw cause;
		if (!isCode(cause, 'EACCES')) throw notSeen(path, {hint: 'Look at the path', cause});
		throw new ShellError('refused', `The image ${path} cannot be read`, {hint: 'Look at its rights and those of the directories above it', cause});
	}
	try {
		const stats = fstatSync(fd, {bigint: true});
		if (!stats.isFile() && !stats.isBlockDevice()) {
			throw new ShellError('refused', `The image ${path} is ${stats.isDirectory() ? 'a directory' : 'neither a file nor a block device'}`, {
				hint: stats.isDirectory() ? 'A directory is mounted with host-bind' : 'Give a file that holds the image',
			});
		}
		return look(openImage(path, fd, stats));
	} finally {
		closeSync(fd);
	}
}

function mayWrite(fd: number): boolean {
	try {
		accessSync(pathOf(fd), constants.W_OK);
		return true;
	} catch (error) {
		return !isCode(error, 'EACCES');
	}
}

/** Another start that looks in this way has the device for a moment. */
const looks = 4;
const pauseMs = 5;

function nothingTaken(): void {}

function claimDevice(path: string, fd: number): (() => void) | undefined {
	for (let look = 1; ; look++) {
		try {
			// Of a device, O_EXCL means that nobody else has it so, and no mount.
			const taken = openSync(pathOf(fd), constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK);
			return () => closeSync(taken);
		} catch (cause) {
			if (!isCode(cause, 'EBUSY'))
				throw new ShellError('failed', `The device ${path} cannot be opened for the sandbox alone`, {hint: 'Look at the device', cause});
			if (look === looks) return undefined;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
		}
	}
}

function openImage(path: string, fd: number, stats: BigIntStats): ImageFile {
	const size = stats.isFile() ? Number(stats.size) : undefined;
	return {
		identity: identityOf(stats),
		size,
		mayWrite: mayWrite(fd),
		claim: () => (stats.isBlockDevice() ? claimDevice(path, fd) : nothingTaken),
		read(offset, length) {
			const begin = Number(offset);
			const end = begin + length;
			if (begin < 0 || !Number.isSafeInteger(end) || end > (size ?? end)) return undefined;
			const bytes = Buffer.alloc(length);
			return readSync(fd, bytes, 0, length, begin) === length ? bytes : undefined;
		},
	};
}
