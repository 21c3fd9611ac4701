import {readFileSync, readSync} from 'node:fs';
import {Socket} from 'node:net';
import {Readable} from 'node:stream';
import {isCode} from '../../../core/is-code.ts';
import type {OutputSink} from '../../types.ts';

const bufferSize = 64 * 1024;

/** What comes out of a FIFO, whose descriptor it owns. */
export interface Pumped {
	/** Ends when all is taken, or is destroyed with the error of a write. */
	readonly stream: Readable;
	/** Those whose output it is have all ended: takes what they left in the FIFO, and then ends, whoever else may have it open, or write to it. */
	finish(): void;
}

/** Copies all of a FIFO to a sink through one buffer. The stream has no content: it ends when all is written. */
export function pumpToSink(fd: number, sink: OutputSink): Pumped {
	return pump(fd, sink, new Readable({read: () => undefined}));
}

/** The stream has all that comes out. */
export function pumpToStream(fd: number): Pumped {
	let wanted: PromiseWithResolvers<void> | undefined;
	const stream = new Readable({
		read() {
			wanted?.resolve();
			wanted = undefined;
		},
	});
	const write = (chunk: Uint8Array): Promise<void> | undefined => {
		if (stream.push(Buffer.from(chunk))) return undefined;
		wanted = Promise.withResolvers();
		return wanted.promise;
	};
	return pump(fd, {write}, stream);
}

function pump(fd: number, sink: OutputSink, stream: Readable): Pumped {
	const buffer = Buffer.allocUnsafeSlow(bufferSize);
	const pending = {write: Promise.resolve()};
	let isFinishing = false;
	const fail = (error: unknown): void => {
		stream.destroy(error instanceof Error ? error : new Error(String(error)));
		socket.destroy();
	};
	const onRead = (count: number, data: Uint8Array): boolean => {
		try {
			const written = sink.write(data.subarray(0, count));
			if (written === undefined) return true;
			pending.write = written;
			written.then(() => isFinishing || socket.resume(), fail);
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
	const takeRest = async (): Promise<void> => {
		for (let left = mostInPipe(); left > 0;) {
			await pending.write;
			if (socket.destroyed) return;
			const count = readNow(fd, buffer.subarray(0, left));
			if (count === 0) break;
			left -= count;
			onRead(count, buffer);
		}
		socket.destroy();
	};
	return {
		stream,
		finish() {
			if (isFinishing || socket.destroyed) return;
			isFinishing = true;
			socket.pause();
			takeRest().catch(fail);
		},
	};
}

/** 0: nothing is in it, or nobody writes to it any more. */
function readNow(fd: number, buffer: Buffer): number {
	try {
		return readSync(fd, buffer);
	} catch (error) {
		if (isCode(error, 'EAGAIN')) return 0;
		throw error;
	}
}

/** How many bytes wait in a pipe that a guest may have made larger. */
function mostInPipe(): number {
	return Number(readFileSync('/proc/sys/fs/pipe-max-size', 'latin1'));
}
