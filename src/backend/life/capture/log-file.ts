import {closeSync, openSync, readSync, renameSync, writeSync, fstatSync} from 'node:fs';

/** A log holds this much, and this much of it survives when it is full. */
const fullBytes = 16 * 1024 * 1024;
const keptBytes = fullBytes / 2;
/** A line without an end is written after this time, and when it is this long. */
const partialMs = 250;
const longestLine = 64 * 1024;

/** A file of captured output. Each line: time in ms since 1970, a blank (or `+` when the line goes on in the next), the bytes. */
export interface LogFile {
	write(chunk: Uint8Array): void;
	/** Writes what has no end yet and closes the file. */
	close(): void;
}

/** Opens a log, mode 0600. When it is full the older half goes, and its first line then says how many bytes were dropped in all: `dropped N`. */
export function openLogFile(path: string, now: () => number = Date.now): LogFile {
	let fd = openSync(path, 'a', 0o600);
	let size = fstatSync(fd).size;
	let dropped = 0;
	let headLength = 0;
	let rest: Buffer = Buffer.alloc(0);
	let timer: NodeJS.Timeout | undefined;

	const append = (line: Uint8Array, isWhole: boolean): void => {
		const record = Buffer.concat([Buffer.from(`${now()}${isWhole ? ' ' : '+'}`), line, Buffer.from('\n')]);
		writeSync(fd, record);
		size += record.length;
		if (size > fullBytes) {
			halve();
		}
	};
	const halve = (): void => {
		const kept = readTail(path, keptBytes);
		dropped += size - headLength - kept.length;
		const fresh = openSync(`${path}.new`, 'w', 0o600);
		const head = Buffer.from(`dropped ${dropped}\n`);
		writeSync(fresh, head);
		writeSync(fresh, kept);
		renameSync(`${path}.new`, path);
		closeSync(fd);
		fd = fresh;
		headLength = head.length;
		size = headLength + kept.length;
	};
	const flush = (): void => {
		timer = undefined;
		if (rest.length > 0) {
			append(rest, false);
			rest = Buffer.alloc(0);
		}
	};
	return {
		write(chunk) {
			const data = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
			let from = 0;
			for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, from)) {
				append(data.subarray(from, data[end - 1] === 13 && end > from ? end - 1 : end), true);
				from = end + 1;
			}
			rest = data.subarray(from);
			if (rest.length > longestLine) {
				flush();
			}
			if (rest.length > 0 && timer === undefined) {
				timer = setTimeout(flush, partialMs);
				timer.unref();
			}
		},
		close() {
			clearTimeout(timer);
			flush();
			closeSync(fd);
		},
	};
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
