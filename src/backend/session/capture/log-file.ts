import {openBoundedFile} from './bounded-file.ts';

const usualLimit = 16 * 1024 * 1024;
/** A line without an end is written after this time, and when it is this long. */
const partialMs = 250;
const longestLine = 64 * 1024;
/** What is taken of a chunk at once, and what is written at once; a line of twice the former fits in what is left then. */
const pieceBytes = 64 * 1024;
const writeBytes = 256 * 1024;
const recordBytes = 512 * 1024;

const [lineFeed, carriageReturn] = [10, 13];

/** A file of captured output. After its head each line: time in ms since 1970, a blank (or `+` when the line goes on in the next), the bytes. */
export interface LogFile {
	write(chunk: Uint8Array): void;
	/** A line of ours, in brackets. */
	note(text: string): void;
	/** Writes what has no end yet and closes the file. */
	close(): void;
}

interface LogFileOptions {
	readonly now?: () => number;
	/** How many bytes the file may have. */
	readonly limit?: () => number;
}

/**
 * Opens a log, mode 0600, whose older half goes when it is full. What the file system does not take is lost; the head says how much, and a line
 * does once it takes something again: a guest that fills it must not end whoever captures it, or others.
 */
export function openLogFile(path: string, {now = Date.now, limit = () => usualLimit}: LogFileOptions = {}): LogFile {
	const file = openBoundedFile(path, limit);
	let lost = 0;
	let rest: Buffer = Buffer.alloc(0);
	let timer: NodeJS.Timeout | undefined;
	/** The last line that was written goes on. */
	let isOpen = false;
	/** Made once, as a flood fills it a thousand times a second. */
	let record: Buffer | undefined;
	let filled = 0;
	/** Bytes of the guest in it. */
	let held = 0;

	const writeRecord = (): void => {
		if (record === undefined || filled === 0) return;
		const before = lost;
		if (lost > 0 && file.append(Buffer.from(`${now()} [${lost} bytes were lost: they could not be written]\n`))) lost = 0;
		if (lost > 0 || !file.append(record.subarray(0, filled))) lost += held;
		if (lost !== before) file.tellLost(lost);
		filled = 0;
		held = 0;
	};
	/** Lines, of which the last one has no end in `data`: that is added, whether it `isWhole` or goes on. */
	const append = (data: Buffer, isWhole: boolean): void => {
		const into = (record ??= Buffer.allocUnsafeSlow(recordBytes));
		const mark = Buffer.from(`${now()}${isWhole ? ' ' : '+'}`, 'latin1');
		filled += mark.copy(into, filled);
		// Byte by byte: calls for each line of two bytes would take ten times as long.
		for (let at = 0; at < data.length; at++) {
			const byte = data[at] ?? 0;
			if (byte === carriageReturn && data[at + 1] === lineFeed) continue;
			into[filled++] = byte;
			if (byte !== lineFeed) {
				held++;
				continue;
			}
			if (filled > writeBytes) writeRecord();
			for (let each = 0; each < mark.length; each++) into[filled++] = mark[each] ?? 0;
		}
		into[filled++] = lineFeed;
		isOpen = !isWhole;
		writeRecord();
	};
	/** `isEnd`: nothing follows. Else a carriage return at the end may be half of a line's. */
	const flush = (isEnd = false): void => {
		clearTimeout(timer);
		timer = undefined;
		const length = !isEnd && rest.at(-1) === carriageReturn ? rest.length - 1 : rest.length;
		if (length > 0) append(rest.subarray(0, length), false);
		rest = rest.subarray(length);
	};
	const take = (piece: Uint8Array): void => {
		const data = rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) : Buffer.concat([rest, piece]);
		const end = data.lastIndexOf(lineFeed);
		if (end >= 0) append(data.subarray(0, data[end - 1] === carriageReturn ? end - 1 : end), true);
		// A copy: whoever writes may use his own again.
		rest = Buffer.from(data.subarray(end + 1));
		if (rest.length > longestLine) flush();
	};
	return {
		write(chunk) {
			for (let at = 0; at < chunk.length; at += pieceBytes) take(chunk.subarray(at, at + pieceBytes));
			if (rest.length > 0 && timer === undefined) {
				timer = setTimeout(() => flush(), partialMs);
				timer.unref();
			}
		},
		note(text) {
			flush(true);
			append(Buffer.from(`${isOpen ? '\n' : ''}[${text}]`), true);
		},
		close() {
			flush(true);
			file.close();
		},
	};
}
