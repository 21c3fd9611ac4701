import type {Duplex} from 'node:stream';
import {ConnectionLost} from './errors.ts';
import type {CloseReason} from './errors.ts';

/** Writes frames to a transport: what is sent in one turn of the event loop goes in one system call. */
export class FrameSender {
	readonly #stream: Duplex;
	#corked = false;

	constructor(stream: Duplex) {
		this.#stream = stream;
	}

	/** `done` is called once the system has taken the frame, or with an error. `ended`: why the connection is over, if it is. */
	send(frame: Uint8Array, ended: CloseReason | undefined, done?: (error?: Error | null) => void): void {
		const stream = this.#stream;
		if (ended !== undefined || stream.destroyed) {
			done?.(new ConnectionLost(ended ?? {kind: 'socket', message: 'The connection to libvirtd broke'}));
			return;
		}

		if (!this.#corked) {
			this.#corked = true;
			stream.cork();
			process.nextTick(() => {
				this.#corked = false;
				stream.uncork();
			});
		}

		stream.write(frame, done);
	}
}
