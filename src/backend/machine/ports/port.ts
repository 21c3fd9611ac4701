import {once} from 'node:events';
import {createServer, type Server, type Socket} from 'node:net';
import {LateWriter} from '../../guest/streams/late-writer.ts';
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

/** Listens on a UNIX socket for QEMU, whose connections come paused; libvirt gives the socket to QEMU's user. `take`: whether one is wanted. */
export async function listenForQemu(path: string, take: (socket: Socket) => boolean): Promise<Server> {
	const server = createServer({allowHalfOpen: true, pauseOnConnect: true}, (socket) => {
		// A reset is the end of the guest, which is told by other ways.
		socket.on('error', () => undefined);
		if (!take(socket)) socket.destroy();
	});
	listenAlone(server, path);
	await once(server, 'listening');
	return server;
}

/** Listens for the first that comes. */
export async function listenForPort(path: string): Promise<Port> {
	const connected = Promise.withResolvers<Socket>();
	let current: Socket | undefined;
	const server = await listenForQemu(path, (socket) => {
		if (current !== undefined) return false;
		current = socket;
		server.close();
		connected.resolve(socket);
		return true;
	});
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
export class PortWriter extends LateWriter {
	constructor(port: Port) {
		super();
		void port.socket.then((socket) => {
			socket.once('close', () => this.destroy());
			// Nothing comes this way, but an end is only seen by reading.
			socket.resume();
			this.begin(socket);
		});
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		// Not the socket: a full close would cut off what QEMU has not read yet.
		this.socket?.end();
		super._destroy(error, callback);
	}
}
