import {Socket} from 'node:net';
import {Readable} from 'node:stream';
import type {OutputSink} from '../types.ts';

const bufferSize = 64 * 1024;

/** Copies all of a FIFO to a sink through one buffer, and owns the descriptor from now on. The stream it gives has no content: it ends when all is written, or is destroyed with the error of a write. */
export function pumpToSink(fd: number, sink: OutputSink): Readable {
	const stream = new Readable({read: () => undefined});
	const buffer = Buffer.allocUnsafeSlow(bufferSize);
	const pending = {write: Promise.resolve()};
	const fail = (error: unknown): void => {
		stream.destroy(error instanceof Error ? error : new Error(String(error)));
		socket.destroy();
	};
	const onRead = (count: number, data: Uint8Array): boolean => {
		try {
			const written = sink.write(data.subarray(0, count));
			if (written === undefined) return true;
			pending.write = written;
			written.then(() => socket.resume(), fail);
			return false;
		} catch (error) {
			fail(error);
			return false;
		}
	};
	const socket = new Socket({fd, readable: true, writable: false, onread: {buffer, callback: onRead}});
	socket.on('error', fail);
	socket.once('close', () =>
		pending.write.then(
			() => stream.push(null),
			() => undefined,
		),
	);
	stream.once('close', () => socket.destroy());
	socket.resume();
	return stream;
}
