import {closeSync, constants, fstatSync, ftruncateSync, readSync, renameSync, rmSync, writeSync} from 'node:fs';
import {ifThere} from '../../host/files/if-there.ts';
import {openEmptyFile, openOwnFile} from '../../host/files/open-own-file.ts';
import {logHeadBytes, readLogHead, writeLogHead, type LogHead} from './log-head.ts';

const lineFeed = 10;
/** What is copied at once. */
const blockBytes = 256 * 1024;
/** After this part of it the limit is looked at again: it depends on what else there is. */
const stepOfLimit = 1 / 8;

/** A file that never grows over its limit. */
interface BoundedFile {
	/** Adds whole lines; false: the file system has not taken them, and nothing of them is there. */
	append(lines: Uint8Array): boolean;
	/** Says in its head how many bytes are lost after the last line. */
	tellLost(bytes: number): void;
	close(): void;
}

/**
 * Opens a file of lines behind a head, mode 0600. When it is full its older half goes, and its head then says how many bytes were dropped
 * in all. `limit`: how many it may have now.
 */
export function openBoundedFile(path: string, limit: () => number): BoundedFile {
	let fd = openOwnFile(path, constants.O_RDWR | constants.O_CREAT);
	let size = fstatSync(fd).size;
	let {dropped, lost} = readHead(fd);
	/** Up to here the limit need not be looked at. */
	let checked = 0;

	/** In place, which needs no room once it is there. */
	const writeHead = (): void => {
		if (writeWhole(fd, writeLogHead({dropped, lost}), 0)) size = Math.max(size, logHeadBytes);
		else if (size === 0) cut(fd, 0);
	};
	const replace = (fresh: number, from: number): boolean => {
		const gone = dropped + from - logHeadBytes;
		if (!writeWhole(fresh, writeLogHead({dropped: gone, lost}), 0) || !copyRest(path, fresh, from)) return false;
		renameSync(`${path}.new`, path);
		closeSync(fd);
		fd = fresh;
		dropped = gone;
		size = logHeadBytes + size - from;
		return true;
	};
	const shrink = (keptBytes: number): void => {
		// Undefined: there is no room for one.
		const fresh = ifThere(() => openEmptyFile(`${path}.new`));
		if (fresh !== undefined) {
			if (replace(fresh, findLine(path, Math.max(logHeadBytes, size - keptBytes)))) return;
			closeSync(fresh);
			rmSync(`${path}.new`, {force: true});
		}
		// No room for both: all of the old one goes.
		cut(fd, logHeadBytes);
		dropped += size - logHeadBytes;
		size = logHeadBytes;
		writeHead();
	};
	/** Makes room for lines, and gives those of them that fit. */
	const fit = (lines: Uint8Array, most: number): Uint8Array => {
		if (size + lines.length <= most) return lines;
		if (size > logHeadBytes) shrink(Math.min(most / 2, Math.max(0, most - logHeadBytes - lines.length)));
		const over = size + lines.length - most;
		if (over <= 0) return lines;
		const from = lines.indexOf(lineFeed, over - 1) + 1;
		const fitting = from === 0 ? new Uint8Array() : lines.subarray(from);
		dropped += lines.length - fitting.length;
		writeHead();
		return fitting;
	};
	if (size === 0) writeHead();
	return {
		append(all) {
			let lines = all;
			if (size + lines.length > checked) {
				const most = limit();
				lines = fit(lines, most);
				checked = Math.min(most, size + lines.length + most * stepOfLimit);
			}
			if (size === 0) writeHead();
			if (size === 0 || !writeWhole(fd, lines, size)) {
				cut(fd, size);
				return false;
			}
			size += lines.length;
			return true;
		},
		tellLost(bytes) {
			lost = bytes;
			writeHead();
		},
		close: () => closeSync(fd),
	};
}

function readHead(fd: number): LogHead {
	const buffer = Buffer.alloc(logHeadBytes);
	return readLogHead(buffer.subarray(0, readSync(fd, buffer, 0, logHeadBytes, 0))) ?? {dropped: 0, lost: 0};
}

/** Whether the file system has taken all of it; part of it may be there where not. */
function writeWhole(fd: number, bytes: Uint8Array, position: number): boolean {
	try {
		for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, position + at);
		return true;
	} catch {
		return false;
	}
}

/** Takes off what was written in part. */
function cut(fd: number, size: number): void {
	// Where that fails a line that is none is left out by who reads.
	ifThere(() => ftruncateSync(fd, size));
}

/** Calls back with each block of a file from a position on, until it gives false. The same memory each time: a flood must not cost more and more of it. */
function readBlocks(path: string, from: number, take: (block: Buffer, at: number) => boolean): void {
	const fd = openOwnFile(path, constants.O_RDONLY);
	try {
		const block = Buffer.allocUnsafeSlow(blockBytes);
		for (let at = from; ;) {
			const length = readSync(fd, block, 0, block.length, at);
			if (length === 0 || !take(block.subarray(0, length), at)) return;
			at += length;
		}
	} finally {
		closeSync(fd);
	}
}

/** Where the next line begins after a position. */
function findLine(path: string, position: number): number {
	let found = position;
	readBlocks(path, position, (block, at) => {
		const end = block.indexOf(lineFeed);
		found = end === -1 ? at + block.length : at + end + 1;
		return end === -1;
	});
	return found;
}

function copyRest(path: string, fd: number, from: number): boolean {
	let isWhole = true;
	readBlocks(path, from, (block, at) => (isWhole = writeWhole(fd, block, logHeadBytes + at - from)));
	return isWhole;
}
