import {once} from 'node:events';
import {createServer, type Server, type Socket} from 'node:net';
import {Writable} from 'node:stream';
import {listenAlone} from '../../host/listen-alone.ts';

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
