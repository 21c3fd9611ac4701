import {usageError} from '../../core/errors.ts';
import {isObject} from '../../core/is-object.ts';

/** What a console said, with its times: asciicast, version 2. */
export interface Recording {
	readonly columns: number;
	readonly rows: number;
	readonly events: ReadonlyArray<{readonly timeMs: number; readonly text: string}>;
}

/** Bytes that are kept of one console, as its file has them; what comes later is dropped, and that is said. */
export const longestRecording = 64 * 1024 * 1024;
/** What each piece takes besides, however small. */
const lineBytes = 64;

export type Recorder = ReturnType<typeof createRecorder>;

/** Collects a recording from now on (`startMs`, since 1970). */
export function createRecorder({columns, rows, startMs, title}: {columns: number; rows: number; startMs: number; title: string}) {
	const decoder = new TextDecoder();
	const lines = [JSON.stringify({version: 2, width: columns, height: rows, timestamp: Math.floor(startMs / 1000), title})];
	let size = 0;
	let kept = 0;
	let isFull = false;
	return {
		add(chunk: Uint8Array, timeMs: number): void {
			if (isFull) return;
			const text = decoder.decode(chunk, {stream: true});
			const line = text === '' ? '' : JSON.stringify([(timeMs - startMs) / 1000, 'o', text]);
			kept += Buffer.byteLength(line) + lineBytes;
			if (kept > longestRecording) {
				isFull = true;
				return;
			}
			size += chunk.length;
			if (line !== '') lines.push(line);
		},
		get size() {
			return size;
		},
		get isFull() {
			return isFull;
		},
		/** The text of the file. */
		write: (): string => `${lines.join('\n')}\n`,
	};
}

/** Reads an asciicast of version 2; throws a usage error. */
export function readRecording(text: string, what: string): Recording {
	const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '');
	const header = parseLine(first);
	if (!isObject(header) || header['version'] !== 2) {
		throw usageError(`${what} is not a recording`, 'A recording is an asciicast file of version 2.');
	}
	const events = rest.map((line, index) => {
		const event = parseLine(line);
		if (!Array.isArray(event) || typeof event[0] !== 'number' || typeof event[2] !== 'string') {
			throw usageError(`${what} is broken in line ${index + 2}`, 'Each line after the first is [seconds, "o", "text"].');
		}
		return {timeMs: event[0] * 1000, kind: String(event[1]), text: event[2]};
	});
	return {
		columns: size(header['width'], 80),
		rows: size(header['height'], 24),
		events: events.filter(({kind}) => kind === 'o').map(({timeMs, text: said}) => ({timeMs, text: said})),
	};
}

function parseLine(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

function size(value: unknown, usual: number): number {
	return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 1000 ? value : usual;
}
