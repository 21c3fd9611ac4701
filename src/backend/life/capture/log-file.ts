import {closeSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, rmSync, writeSync} from 'node:fs';

/** A log holds this much, and this much of it survives when it is full. */
const fullBytes = 16 * 1024 * 1024;
const keptBytes = fullBytes / 2;
/** A line without an end is written after this time, and when it is this long. */
const partialMs = 250;
const longestLine = 64 * 1024;

/** A file of captured output. Each line: time in ms since 1970, a blank (or `+` when the line goes on in the next), the bytes. */
export interface LogFile {
	write(chunk: Uint8Array): void;
	/** A line of ours, in brackets. */
	note(text: string): void;
	/** Writes what has no end yet and closes the file. */
	close(): void;
}

/**
 * Opens a log, mode 0600. When it is full the older half goes, and its first line then says how many bytes were dropped in all: `dropped N`.
 * What the file system does not take is lost, and a line says how much once it takes something again: a guest that fills it
 * must not end whoever captures it, or others.
 */
export function openLogFile(path: string, now: () => number = Date.now): LogFile {
	let fd = openSync(path, 'a', 0o600);
	let size = fstatSync(fd).size;
	let dropped = 0;
	let lost = 0;
	let headLength = 0;
	let rest: Buffer = Buffer.alloc(0);
	let timer: NodeJS.Timeout | undefined;
	/** The last line that was written goes on. */
	let isOpen = false;

	/** All lines of a chunk at once: a guest may write a million of them in a second. */
	const append = (lines: string, isWhole: boolean): void => {
		const mark = `${now()}${isWhole ? ' ' : '+'}`;
		const notice = lost === 0 ? '' : `${now()} [${lost} bytes were lost: they could not be written]\n`;
		const record = Buffer.from(`${notice}${mark}${lines.replaceAll(/\r?\n/g, `\n${mark}`)}\n`, 'latin1');
		if (size + record.length > fullBytes) {
			halve();
		}
		if (!writeWhole(fd, record)) {
			lost += lines.length;
			cut(fd, size);
			return;
		}
		lost = 0;
		isOpen = !isWhole;
		size += record.length;
	};
	const halve = (): void => {
		const kept = readTail(path, keptBytes);
		const gone = dropped + size - headLength - kept.length;
		const head = Buffer.from(`dropped ${gone}\n`);
		const fresh = openFresh(`${path}.new`);
		if (fresh !== undefined && writeWhole(fresh, Buffer.concat([head, kept]))) {
			renameSync(`${path}.new`, path);
			closeSync(fd);
			fd = fresh;
			dropped = gone;
			headLength = head.length;
			size = headLength + kept.length;
			return;
		}
		// No room for both: all of the old one goes.
		if (fresh !== undefined) {
			closeSync(fresh);
			rmSync(`${path}.new`, {force: true});
		}
		cut(fd, 0);
		dropped += size - headLength;
		const line = Buffer.from(`dropped ${dropped}\n`);
		headLength = writeWhole(fd, line) ? line.length : 0;
		if (headLength === 0) cut(fd, 0);
		size = headLength;
	};
	const flush = (): void => {
		clearTimeout(timer);
		timer = undefined;
		if (rest.length > 0) {
			append(rest.toString('latin1'), false);
			rest = Buffer.alloc(0);
		}
	};
	return {
		write(chunk) {
			const data = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
			const end = data.lastIndexOf(10);
			if (end >= 0) {
				append(data.toString('latin1', 0, data[end - 1] === 13 ? end - 1 : end), true);
			}
			rest = data.subarray(end + 1);
			if (rest.length > longestLine) {
				flush();
			}
			if (rest.length > 0 && timer === undefined) {
				timer = setTimeout(flush, partialMs);
				timer.unref();
			}
		},
		note(text) {
			flush();
			append(`${isOpen ? '\n' : ''}[${text}]`, true);
		},
		close() {
			flush();
			closeSync(fd);
		},
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

/** The last bytes of a file, from the beginning of a line. */
function readTail(path: string, length: number): Buffer {
	const fd = openSync(path, 'r');
	try {
		const {size} = fstatSync(fd);
		const buffer = Buffer.alloc(Math.min(length, size));
		readSync(fd, buffer, 0, buffer.length, size - buffer.length);
		return buffer.subarray(buffer.indexOf(10) + 1);
	} finally {
		closeSync(fd);
	}
}
