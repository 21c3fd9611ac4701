import type {Readable} from 'node:stream';
import type {OutputSink} from '../../backend/types.ts';
import {lostOutput} from '../../core/lost-output.ts';

/**
 * Writes all that a stream yields, in order, and takes no more from it than the sink does.
 * Resolves at its end with the count of bytes; rejects with the sink's error or the stream's. A stream that closes without an end is a fault.
 */
export function relayOutput(source: Readable, sink: OutputSink): Promise<number> {
	if (source.errored !== null) {
		return Promise.reject(source.errored);
	}
	if (source.readableEnded) {
		return Promise.resolve(0);
	}
	if (source.destroyed) {
		return Promise.reject(lostOutput());
	}
	return new Promise((resolve, reject) => {
		let count = 0;
		let pending = 0;
		let ended = false;
		const finish = (): void => {
			if (ended && pending === 0) {
				resolve(count);
			}
		};
		const resume = (): void => {
			pending -= 1;
			source.resume();
			finish();
		};
		const fail = (error: unknown): void => {
			source.destroy();
			reject(error instanceof Error ? error : new Error(String(error)));
		};
		source.on('data', (chunk: Uint8Array) => {
			let written: Promise<void> | undefined;
			try {
				written = sink.write(chunk);
			} catch (error) {
				fail(error);
				return;
			}
			count += chunk.length;
			if (written !== undefined) {
				pending += 1;
				source.pause();
				written.then(resume, fail);
			}
		});
		source.on('error', fail);
		source.on('end', () => {
			ended = true;
			finish();
		});
		source.on('close', () => {
			if (!ended) fail(lostOutput());
		});
	});
}
