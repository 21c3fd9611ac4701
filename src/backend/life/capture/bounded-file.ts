import {closeSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, rmSync, writeSync} from 'node:fs';

/** What is copied at once. */
const blockBytes = 256 * 1024;

/** A file that never grows over its limit. */
export interface BoundedFile {
	/** Adds whole lines; false: the file system has not taken them, and nothing of them is there. */
	append(lines: Uint8Array): boolean;
	close(): void;
}

export interface Bounds {
	readonly fullBytes: number;
	/** What survives when it is full. */
	readonly keptBytes: number;
}

/** Opens a file of lines, mode 0600. When it is full its older part goes, and its first line then says how many bytes were dropped in all: `dropped N`. */
export function openBoundedFile(path: string, {fullBytes, keptBytes}: Bounds): BoundedFile {
	let fd = openSync(path, 'a', 0o600);
	let size = fstatSync(fd).size;
	let dropped = 0;
	let headLength = 0;

	const replace = (fresh: number, from: number): boolean => {
		const gone = dropped + from - headLength;
		const head = Buffer.from(`dropped ${gone}\n`);
		if (!writeWhole(fresh, head) || !copyRest(path, fresh, from)) return false;
		renameSync(`${path}.new`, path);
		closeSync(fd);
		fd = fresh;
		dropped = gone;
		headLength = head.length;
		size = headLength + size - from;
		return true;
	};
	const shrink = (): void => {
		const fresh = openFresh(`${path}.new`);
		if (fresh !== undefined) {
			if (replace(fresh, findLine(path, size - keptBytes))) return;
			closeSync(fresh);
			rmSync(`${path}.new`, {force: true});
		}
		// No room for both: all of the old one goes.
		cut(fd, 0);
		dropped += size - headLength;
		const line = Buffer.from(`dropped ${dropped}\n`);
		headLength = writeWhole(fd, line) ? line.length : 0;
		if (headLength === 0) cut(fd, 0);
		size = headLength;
	};
	return {
		append(lines) {
			if (size + lines.length > fullBytes) shrink();
			if (!writeWhole(fd, lines)) {
				cut(fd, size);
				return false;
			}
			size += lines.length;
			return true;
		},
		close: () => closeSync(fd),
	};
}

/** Undefined: there is no room for one. */
function openFresh(path: string): number | undefined {
	try {
		return openSync(path, 'w', 0o600);
	} catch {
		return undefined;
	}
}

/** Whether the file system has taken all of it; part of it may be there where not. */
function writeWhole(fd: number, bytes: Uint8Array): boolean {
	try {
		for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
		return true;
	} catch {
		return false;
	}
}

/** Takes off what was written in part. */
function cut(fd: number, size: number): void {
	try {
		ftruncateSync(fd, size);
	} catch {
		// A line that is none is left out by who reads.
	}
}

/** Calls back with each block of a file from a position on, until it gives false. The same memory each time: a flood must not cost more and more of it. */
function readBlocks(path: string, from: number, take: (block: Buffer, at: number) => boolean): void {
	const fd = openSync(path, 'r');
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
		const end = block.indexOf(10);
		found = end === -1 ? at + block.length : at + end + 1;
		return end === -1;
	});
	return found;
}

function copyRest(path: string, fd: number, from: number): boolean {
	let isWhole = true;
	readBlocks(path, from, (block) => (isWhole = writeWhole(fd, block)));
	return isWhole;
}
