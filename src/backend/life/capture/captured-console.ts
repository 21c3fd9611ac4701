import type {Readable, Writable} from 'node:stream';
import type {TerminalSize} from '../../types.ts';
import type {LogFile} from './log-file.ts';

/** What who joins a console sees of what came before. */
const replayBytes = 4096;

/** A stream of a sandbox whose output goes to a log, and to whoever has joined it. */
export interface CapturedConsole {
	readonly name: string;
	/** Undefined: nothing can be typed there. */
	readonly input: Writable | undefined;
	resize(size: TerminalSize): void;
	/** Calls back with the last of what came before, and then with all that comes; gives what ends that. */
	join(onData: (data: Uint8Array) => void, onEnd: () => void): () => void;
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
	let recent: Buffer = Buffer.alloc(0);
	input?.on('error', () => undefined);
	output.on('data', (chunk: Buffer) => {
		log.write(chunk);
		recent = Buffer.concat([recent, chunk]).subarray(-replayBytes);
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
		join(onData, onEnd) {
			const listener = {onData, onEnd};
			listeners.add(listener);
			if (recent.length > 0) {
				onData(recent);
			}
			return () => void listeners.delete(listener);
		},
		get isJoined() {
			return listeners.size > 0;
		},
		ended: ended.promise,
	};
}
