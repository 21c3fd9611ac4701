import type {Readable} from 'node:stream';

/** One line that a console said. */
export interface CapturedLine {
	readonly timeMs: number;
	readonly console: string;
	readonly text: string;
}

/** Bytes of text that are kept of one console; the oldest lines go first. */
const keptBytes = 16 * 1024 * 1024;
/** A line that never ends is cut here, in bytes. */
const longestLine = 64 * 1024;

/** What the consoles of one sandbox said, in memory. */
export interface Capture {
	lines(): readonly CapturedLine[];
	/** Resolves when more lines have come, or all has. */
	more(seen: number): Promise<void>;
	/** Lines that were dropped from the front. */
	readonly dropped: number;
	readonly ended: boolean;
}

/** Reads streams to their end and keeps their last 16 MiB each, line by line with the time. */
export function captureStreams(streams: ReadonlyArray<readonly [console: string, source: Readable]>): Capture {
	let lines: CapturedLine[] = [];
	let dropped = 0;
	let open = streams.length;
	const waiting = new Set<() => void>();
	const kept = new Map(streams.map(([console]) => [console, 0]));
	const tell = (): void => {
		for (const wake of waiting) {
			wake();
		}
		waiting.clear();
	};
	const add = (console: string, text: string): void => {
		lines.push({timeMs: Date.now(), console, text});
		let bytes = (kept.get(console) ?? 0) + text.length;
		while (bytes > keptBytes) {
			const index = lines.findIndex((line) => line.console === console);
			bytes -= lines[index]?.text.length ?? 0;
			lines = lines.toSpliced(index, 1);
			dropped++;
		}
		kept.set(console, bytes);
		tell();
	};
	for (const [console, source] of streams) {
		let rest = '';
		const decoder = new TextDecoder();
		source.on('data', (chunk: Uint8Array) => {
			const parts = (rest + decoder.decode(chunk, {stream: true})).split('\n');
			rest = parts.pop() ?? '';
			for (const part of parts) {
				add(console, part.replace(/\r$/, ''));
			}
			if (rest.length > longestLine) {
				add(console, rest);
				rest = '';
			}
		});
		source.on('error', () => undefined);
		source.once('close', () => {
			if (rest !== '') {
				add(console, rest);
			}
			open--;
			tell();
		});
	}
	return {
		lines: () => lines,
		get dropped() {
			return dropped;
		},
		get ended() {
			return open === 0;
		},
		more: (seen) =>
			lines.length + dropped > seen || open === 0
				? Promise.resolve()
				: new Promise((resolve) => {
						waiting.add(resolve);
					}),
	};
}
