import type {Readable, Writable} from 'node:stream';
import type {TerminalSize} from '../../types.ts';
import {createBroadcaster, type Broadcast} from './broadcast.ts';
import type {LogFile} from './log-file.ts';

/** A console of a sandbox that others may join. */
export interface JoinableConsole extends Pick<Broadcast, 'join'> {
	readonly name: string;
	readonly state: 'captured' | 'in use';
	/** Undefined: nothing can be typed there. */
	readonly input: Writable | undefined;
	/** Undefined: whoever has joined says how large it is. */
	readonly size: TerminalSize | undefined;
	resize(size: TerminalSize): void;
}

/** A stream of a sandbox whose output goes to a log, and to whoever has joined it. */
export interface CapturedConsole extends JoinableConsole {
	/** All of the stream is in the log. */
	readonly ended: Promise<void>;
	/** Puts a line of ours into the log, also after that. */
	note(text: string): void;
}

interface CaptureOptions {
	readonly name: string;
	readonly output: Readable;
	/** Opens it; what it has already stays. */
	readonly openLog: () => LogFile;
	readonly input?: Writable | undefined;
	readonly resize?: ((size: TerminalSize) => void) | undefined;
}

/** Begins to capture a stream. */
export function captureConsole({name, output, openLog, input, resize}: CaptureOptions): CapturedConsole {
	const log = openLog();
	const broadcaster = createBroadcaster();
	const ended = Promise.withResolvers<void>();
	input?.on('error', () => undefined);
	let isOver = false;
	output.on('data', (chunk: Buffer) => {
		log.write(chunk);
		broadcaster.send(chunk);
	});
	output.on('error', () => {
		if (!isOver) log.note('the rest did not arrive');
	});
	const finish = (): void => {
		if (isOver) return;
		isOver = true;
		log.close();
		broadcaster.end();
		ended.resolve();
	};
	// A terminal's output ends before the terminal itself is closed; one that is cut off is closed alone.
	output.once('end', finish);
	output.once('close', finish);
	return {
		name,
		get state() {
			return broadcaster.isJoined ? 'in use' : 'captured';
		},
		input,
		size: undefined,
		resize: (size) => resize?.(size),
		join: broadcaster.join,
		ended: ended.promise,
		note(text) {
			if (!isOver) {
				log.note(text);
				return;
			}
			try {
				const again = openLog();
				again.note(text);
				again.close();
			} catch {
				// It has gone with its sandbox.
			}
		},
	};
}
