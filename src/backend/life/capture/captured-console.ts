import type {Readable, Writable} from 'node:stream';
import type {TerminalSize} from '../../types.ts';
import type {LogFile} from './log-file.ts';

/** What who joins a console sees of what came before, in bytes: usually, and at most. */
const replayBytes = 4096;
const keptBytes = 128 * 1024;
/** Chunks that are kept as one. */
const smallBytes = 4096;

/** A stream of a sandbox whose output goes to a log, and to whoever has joined it. */
export interface CapturedConsole {
	readonly name: string;
	/** Undefined: nothing can be typed there. */
	readonly input: Writable | undefined;
	resize(size: TerminalSize): void;
	/** Calls back with the last of what came before, and then with all that comes; gives what ends that. */
	join(onData: (data: Uint8Array) => void, onEnd: () => void, recentBytes?: number): () => void;
	/** Whether anybody has joined. */
	readonly isJoined: boolean;
	/** All of the stream is in the log. */
	readonly ended: Promise<void>;
}

export interface CaptureOptions {
	readonly name: string;
	readonly output: Readable;
	readonly log: LogFile;
	readonly input?: Writable | undefined;
	readonly resize?: ((size: TerminalSize) => void) | undefined;
}

/** Begins to capture a stream. */
export function captureConsole({name, output, log, input, resize}: CaptureOptions): CapturedConsole {
	const listeners = new Set<{readonly onData: (data: Uint8Array) => void; readonly onEnd: () => void}>();
	const ended = Promise.withResolvers<void>();
	const recent = createRecent();
	input?.on('error', () => undefined);
	output.on('data', (chunk: Buffer) => {
		log.write(chunk);
		recent.add(chunk);
		for (const {onData} of listeners) {
			onData(chunk);
		}
	});
	output.on('error', () => undefined);
	output.once('close', () => {
		log.close();
		for (const {onEnd} of listeners) {
			onEnd();
		}
		ended.resolve();
	});
	return {
		name,
		input,
		resize: (size) => resize?.(size),
		join(onData, onEnd, recentBytes = replayBytes) {
			const listener = {onData, onEnd};
			listeners.add(listener);
			const before = recent.last(recentBytes);
			if (before.length > 0) {
				onData(before);
			}
			return () => void listeners.delete(listener);
		},
		get isJoined() {
			return listeners.size > 0;
		},
		ended: ended.promise,
	};
}

/** The last bytes of a stream, kept as they came: joining them is for who asks. */
function createRecent(): {add(chunk: Buffer): void; last(bytes: number): Buffer} {
	const chunks: Buffer[] = [];
	let size = 0;
	return {
		add(chunk) {
			const own = Buffer.from(chunk.subarray(-keptBytes));
			const last = chunks.at(-1);
			// A guest that writes byte by byte shall not cost a buffer each.
			if (last !== undefined && last.length + own.length <= smallBytes) {
				chunks[chunks.length - 1] = Buffer.concat([last, own]);
			} else {
				chunks.push(own);
			}
			size += own.length;
			while (size - (chunks[0]?.length ?? 0) >= keptBytes) {
				size -= chunks.shift()?.length ?? 0;
			}
		},
		last: (bytes) => (bytes <= 0 ? Buffer.alloc(0) : Buffer.concat(chunks).subarray(-Math.min(bytes, keptBytes))),
	};
}
