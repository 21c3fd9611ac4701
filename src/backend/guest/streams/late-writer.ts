import type {Socket} from 'node:net';
import {Writable} from 'node:stream';

/** Writes to a socket that comes later: until then what is written waits. */
export abstract class LateWriter extends Writable {
	protected socket: Socket | undefined;
	#start: ((error?: Error) => void) | undefined;

	/** The socket is there. */
	protected begin(socket: Socket): void {
		this.socket = socket;
		this.#start?.();
	}

	override _construct(callback: (error?: Error) => void): void {
		this.#start = callback;
		if (this.socket !== undefined) callback();
	}

	override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
		// An error is not handed on: that the socket closes ends this stream quietly.
		this.socket?.write(chunk, encoding, (error) => {
			if (error === null || error === undefined) callback();
		});
	}

	override _final(callback: (error?: Error | null) => void): void {
		this.socket?.end(() => callback());
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		if (this.socket === undefined) this.#start?.();
		callback(error);
	}
}
