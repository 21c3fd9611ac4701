import {once} from 'node:events';
import {createServer, type Server, type Socket} from 'node:net';
import {Readable, Writable} from 'node:stream';
import {listenAlone} from '../../host/listen-alone.ts';
import type {OutputSink} from '../../types.ts';

/** The host's end of one of a guest's ports or consoles: QEMU connects to it when the domain is created. */
export interface Port {
	/** The connection, once it is there, paused; never settles when the port is closed before. */
	readonly socket: Promise<Socket>;
	/** Stops listening; a connection that is there stays. */
	stop(): void;
	/** Ends the connection and stops listening. */
	close(): void;
}

/** Listens on a UNIX socket for QEMU, the first that comes; libvirt gives the socket to QEMU's user. */
export async function listenForPort(path: string): Promise<Port> {
	const connected = Promise.withResolvers<Socket>();
	let current: Socket | undefined;
	const server: Server = createServer({allowHalfOpen: true, pauseOnConnect: true}, (socket) => {
		if (current !== undefined) {
			socket.destroy();
			return;
		}
		current = socket;
		// A reset is the end of the guest, which is told by other ways.
		socket.on('error', () => undefined);
		server.close();
		connected.resolve(socket);
	});
	listenAlone(server, path);
	await once(server, 'listening');
	return {
		socket: connected.promise,
		stop: () => void server.close(),
		close() {
			server.close();
			current?.destroy();
		},
	};
}

/** Input of a command. What is written before QEMU has connected waits; its end is a half-close, which loses nothing. */
export class PortWriter extends Writable {
	#socket: Socket | undefined;
	#start: ((error?: Error) => void) | undefined;

	constructor(port: Port) {
		super();
		void port.socket.then((socket) => {
			this.#socket = socket;
			socket.once('close', () => this.destroy());
			// Nothing comes this way, but an end is only seen by reading.
			socket.resume();
			this.#start?.();
		});
	}

	override _construct(callback: (error?: Error) => void): void {
		this.#start = callback;
		if (this.#socket !== undefined) callback();
	}

	override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
		this.#socket?.write(chunk, encoding, (error) => {
			if (error === null || error === undefined) callback();
		});
	}

	override _final(callback: (error?: Error | null) => void): void {
		this.#socket?.end(() => callback());
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		// Not the socket: a full close would cut off what QEMU has not read yet.
		if (this.#socket === undefined) this.#start?.();
		this.#socket?.end();
		callback(error);
	}
}

/** Output of a command: as many bytes as the guest says it sent. */
export interface PortReader {
	readonly stream: Readable;
	/** All that the guest sent is taken, or nobody wants it, or the port has gone. */
	readonly drained: Promise<void>;
	/** The guest has sent this many in all. */
	expect(bytes: number): void;
}

/** How long a port may be silent when the guest has told of more: what has come by then is all. */
const [silentTicks, tickMs] = [20, 500];

/** Reads a port. With a sink the bytes go there and the stream carries nothing; `onUnwanted` is called when the stream is destroyed early. */
export function openPortReader(port: Port, onUnwanted: () => void, sink?: OutputSink): PortReader {
	const drained = Promise.withResolvers<void>();
	let socket: Socket | undefined;
	let received = 0;
	let expected = Number.POSITIVE_INFINITY;
	let isOver = false;
	let quiet = 0;
	const stream = new Readable({
		read: () => {
			if (sink === undefined) socket?.resume();
		},
		destroy(error, callback) {
			if (!isOver) onUnwanted();
			isOver = true;
			drained.resolve();
			socket?.resume();
			callback(error);
		},
	});
	const settle = (): void => {
		if (isOver || received < expected) return;
		isOver = true;
		stream.push(null);
		drained.resolve();
	};
	const fail = (error: unknown): void => void stream.destroy(error instanceof Error ? error : new Error(String(error)));
	// A guest may tell of more than it sends. Ticks are counted, not time: this process may have been stopped, with bytes waiting.
	const endWhenSilent = (): void => {
		const timer = setInterval(() => {
			if (socket?.isPaused() !== true) quiet++;
			if (quiet >= silentTicks) expected = received;
			settle();
			if (isOver) clearInterval(timer);
		}, tickMs);
	};
	const take = (chunk: Buffer): void => {
		if (isOver) return;
		quiet = 0;
		const wanted = chunk.length > expected - received ? chunk.subarray(0, expected - received) : chunk;
		if (sink === undefined) {
			received += wanted.length;
			if (!stream.push(wanted)) socket?.pause();
			settle();
			return;
		}
		try {
			const written = sink.write(wanted);
			if (written === undefined) {
				received += wanted.length;
				settle();
				return;
			}
			socket?.pause();
			written.then(() => {
				received += wanted.length;
				socket?.resume();
				settle();
			}, fail);
		} catch (error) {
			fail(error);
		}
	};
	void port.socket.then((connected) => {
		socket = connected;
		connected.on('data', take);
		connected.once('close', () => {
			expected = received;
			settle();
		});
		connected.once('end', () => connected.end());
		connected.resume();
	});
	return {
		stream,
		drained: drained.promise,
		expect(bytes) {
			expected = Math.min(expected, bytes);
			settle();
			if (!isOver) endWhenSilent();
		},
	};
}
