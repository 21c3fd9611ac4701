import type {Duplex} from 'node:stream';
import {ConnectionLost, type CloseReason} from './errors.ts';

/** Writes frames to a transport: what is sent in one turn of the event loop goes in one system call. */
export class FrameSender {
	readonly #stream: Duplex;
	#corked = false;
	/** What waits until something else is sent. */
	#held: Array<() => void> | undefined;

	constructor(stream: Duplex) {
		this.#stream = stream;
	}

	/** `done` is called once the system has taken the frame, or with an error. `ended`: why the connection is over, if it is. */
	send(frame: Uint8Array, ended: CloseReason | undefined, done?: (error?: Error | null) => void): void {
		if (this.#held !== undefined) {
			this.#held.push(() => this.send(frame, ended, done));
			return;
		}

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

	/** A frame, and behind it, before any other, what `follow` sends by itself. `failed`: either could not be sent. */
	sendFollowed(frame: Uint8Array, ended: CloseReason | undefined, follow: () => Promise<void>, failed: (error: Error) => void): void {
		if (this.#held !== undefined) {
			this.#held.push(() => this.sendFollowed(frame, ended, follow, failed));
			return;
		}

		const sent = new Promise<void>((resolve, reject) => this.send(frame, ended, (error) => (error ? reject(error) : resolve())));
		this.#held = [];
		void this.#release(sent.then(follow).catch(failed));
	}

	/** Sends what waited meanwhile. */
	async #release(done: Promise<void>): Promise<void> {
		await done;
		const held = this.#held ?? [];
		this.#held = undefined;
		for (const send of held) send();
	}
}
