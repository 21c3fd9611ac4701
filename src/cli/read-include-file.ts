import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';

const most = 1024 * 1024;
const pauseMs = 5;

/** Reads a file of includes, of 1 MiB at most. Never waits for the writer of a FIFO to come, only for what a writer has to say. */
export function readIncludeFile(path: string): string {
	const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	try {
		const buffer = Buffer.allocUnsafe(most + 1);
		let bytes = 0;
		for (;;) {
			const read = readSome(descriptor, buffer.subarray(bytes));
			if (read === 0) break;
			bytes += read;
			if (bytes > most) throw new Error('it is larger than 1 MiB');
		}
		if (bytes === 0 && fstatSync(descriptor).isFIFO() && !/^\/(?:dev|proc\/[^/]+)\/fd\//.test(path)) throw new Error('nobody writes to this FIFO');
		return buffer.toString('utf8', 0, bytes);
	} finally {
		closeSync(descriptor);
	}
}

function readSome(descriptor: number, buffer: Buffer): number {
	for (;;) {
		try {
			return readSync(descriptor, buffer);
		} catch (error) {
			if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
		}
	}
}
