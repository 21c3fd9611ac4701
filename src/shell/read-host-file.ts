import {close, constants, fstat, open, read} from 'node:fs';
import {Socket} from 'node:net';
import {promisify} from 'node:util';

const most = 16 * 1024 * 1024;
const pieceBytes = 64 * 1024;

/**
 * Reads a file that a command names. What has no end is given up after 16 MiB; a named FIFO that nobody writes to is a fault, not a
 * wait. Errors are the system's, or have its form.
 */
export async function readHostFile(path: string): Promise<Uint8Array> {
	// Non-blocking: the open of a FIFO would wait for a writer, and take a thread of Node's along.
	const descriptor = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
	let isOurs = true;
	try {
		const stats = await promisify(fstat)(descriptor);
		if (!stats.isFIFO()) return await readToEnd(descriptor, path);
		const first = await readFirst(descriptor);
		if (first?.length === 0) {
			if (isNamed(path)) throw fault('EPIPE', 'nobody writes to this FIFO', path);
			return first;
		}
		isOurs = false;
		return await readFifo(descriptor, path, first);
	} finally {
		if (isOurs) await promisify(close)(descriptor);
	}
}

/** What an open file has to its end, or to 16 MiB. `path` stands in the error. */
export async function readToEnd(descriptor: number, path: string): Promise<Uint8Array> {
	const pieces = createPieces(path);
	for (;;) {
		const buffer = Buffer.allocUnsafe(pieceBytes);
		const {bytesRead} = await promisify(read)(descriptor, buffer, 0, pieceBytes, null);
		if (bytesRead === 0) return pieces.join();
		pieces.add(buffer.subarray(0, bytesRead));
	}
}

/** Not a pipe of this process, as a shell's `<(command)` is. */
function isNamed(path: string): boolean {
	return !/^\/(?:dev|proc\/[^/]+)\/fd\//.test(path);
}

/** What is in a FIFO now: empty where it has no writer, undefined where one has not written yet. */
async function readFirst(descriptor: number): Promise<Buffer | undefined> {
	const buffer = Buffer.allocUnsafe(pieceBytes);
	try {
		const {bytesRead} = await promisify(read)(descriptor, buffer, 0, pieceBytes, null);
		return buffer.subarray(0, bytesRead);
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
		throw error;
	}
}

/** Takes the descriptor over. */
async function readFifo(descriptor: number, path: string, first: Buffer | undefined): Promise<Uint8Array> {
	const pieces = createPieces(path);
	if (first !== undefined) pieces.add(first);
	const socket = new Socket({fd: descriptor, readable: true, writable: false});
	try {
		for await (const piece of socket) pieces.add(piece as Buffer);
		return pieces.join();
	} finally {
		socket.destroy();
	}
}

function createPieces(path: string): {add(piece: Buffer): void; join(): Uint8Array} {
	const pieces: Buffer[] = [];
	let bytes = 0;
	return {
		add(piece) {
			bytes += piece.length;
			if (bytes > most) throw fault('EFBIG', 'it is larger than 16 MiB', path);
			pieces.push(piece);
		},
		join: () => Buffer.concat(pieces),
	};
}

function fault(code: string, reason: string, path: string): Error {
	return Object.assign(new Error(`${code}: ${reason}, read '${path}'`), {code});
}
