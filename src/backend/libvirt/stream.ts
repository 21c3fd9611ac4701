import {Duplex} from 'node:stream';
import {CallTimeout, readError, type ConnectionLost} from './errors.ts';
import {statuses} from './frames.ts';
import {XdrReader} from './xdr.ts';

/** What a stream needs of its connection. */
interface StreamPort {
	/** Sends one packet; `done` is called once the system has taken it, or with an error. */
	readonly send: (status: number, data?: Uint8Array, done?: (error?: Error | null) => void) => void;
	/** Stops (true) or goes on (false) reading from the connection for this stream's sake. */
	readonly hold: (held: boolean) => void;
	/** libvirtd has done with the stream. */
	readonly forget: () => void;
}

/**
 * `opening`: libvirtd has not taken the call yet. `open`: both sides may send. `finishing`, `aborting`: we have said the last word and wait for libvirtd's. `closed`: nothing more comes.
 */
type WireState = 'opening' | 'open' | 'finishing' | 'aborting' | 'closed';

type WriteCallback = (error?: Error | null) => void;

/** A guest's terminal holds 4 KiB of unread input; larger packets would only wait in libvirtd. */
const packetBytes = 4096;

/** What a guest's terminal takes in any case: less than this never waits before the guest. */
const terminalBytes = 4096;

/** Read from the connection before it is held back. */
const readAheadBytes = 262_144;

/**
 * The data of a console or channel of a guest. Ends when the guest's side ends; `end()` alone tells the guest nothing.
 * A reader that is slow holds back the whole connection, so a console should have one of its own.
 * After the guest's side has ended, written data is dropped: sending it would bring libvirtd 11.3 down.
 */
export class LibvirtStream extends Duplex {
	readonly #port: StreamPort;
	readonly #procedure: string;
	#wire: WireState = 'opening';
	#dropping = false;
	#ended = false;
	#sentBytes = 0;
	readonly #settled: PromiseWithResolvers<void>;

	constructor(port: StreamPort, procedure: string) {
		super({allowHalfOpen: false, readableHighWaterMark: readAheadBytes, writableHighWaterMark: 16_384});
		this.#port = port;
		this.#procedure = procedure;
		this.#settled = Promise.withResolvers();
		// Most streams end without anybody waiting for libvirtd's last word.
		this.#settled.promise.catch(() => undefined);
	}

	/** A guest that does not read may hold back what was sent, and all that we send after it. */
	get mayBeStuck(): boolean {
		return this.#sentBytes >= terminalBytes;
	}

	/** libvirtd has taken the call that opens the stream. One that was given up meanwhile is aborted. */
	begin(): void {
		if (this.#wire === 'opening') {
			this.#wire = 'open';
			if (this.destroyed) {
				this.#sayEnd('aborting');
			}
		}
	}

	/** Ends the stream in order and waits until libvirtd has confirmed. What arrives meanwhile can still be read. */
	async finish(options: {readonly timeoutMs?: number} = {}): Promise<void> {
		this.#sayEnd('finishing');
		await this.#waitSettled(options.timeoutMs ?? 60_000);
	}

	/** Ends the stream at once, drops what was not read, and waits until libvirtd has confirmed. */
	async abort(options: {readonly timeoutMs?: number} = {}): Promise<void> {
		this.#sayEnd('aborting');
		this.destroy();
		await this.#waitSettled(options.timeoutMs ?? 60_000);
	}

	/** The guest is gone, as an event has told: nothing is sent from now on, though output may still come. */
	guestEnded(): void {
		this.#dropping = true;
	}

	/** One packet from libvirtd. Throws MalformedData for a broken error. */
	receive(status: number, payload: Buffer): void {
		switch (status) {
			case statuses.continue:
				this.#receiveData(payload);
				return;
			case statuses.error:
				this.#receiveError(payload);
				return;
			default:
				this.#close();
				this.#endReading();
		}
	}

	/** The connection is gone. */
	fail(error: ConnectionLost): void {
		if (this.#wire === 'closed') {
			return;
		}

		this.#wire = 'closed';
		this.#dropping = true;
		this.#settled.reject(error);
		// What was read before the end must stay readable.
		if (!this.#ended) {
			this.destroy(error);
		}
	}

	/** Takes and drops what comes after the end: a key that was typed in that moment is no fault. */
	override write(chunk: unknown, callback?: WriteCallback): boolean;
	override write(chunk: unknown, encoding: BufferEncoding, callback?: WriteCallback): boolean;
	override write(chunk: unknown, encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean {
		const done = typeof encoding === 'function' ? encoding : callback;
		if (this.#dropping) {
			if (done !== undefined) {
				process.nextTick(done);
			}

			return true;
		}

		return super.write(chunk, typeof encoding === 'string' ? encoding : 'utf8', done);
	}

	override _read(): void {
		this.#port.hold(false);
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
		this.#sendFrom(chunk, 0, callback);
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		if (this.#wire === 'open') {
			this.#sayEnd('aborting');
		}

		this.#port.hold(false);
		callback(error);
	}

	/** One packet at a time, so that what has not gone yet can be dropped when the guest ends. */
	#sendFrom(chunk: Buffer, at: number, callback: (error?: Error | null) => void): void {
		if (this.#dropping || this.#wire !== 'open' || at >= chunk.length) {
			callback();
			return;
		}

		const packet = chunk.subarray(at, at + packetBytes);
		this.#sentBytes += packet.length;
		this.#port.send(statuses.continue, packet, (error) => {
			if (error) {
				callback(this.#wire === 'open' ? error : null);
				return;
			}

			this.#sendFrom(chunk, at + packetBytes, callback);
		});
	}

	#receiveData(payload: Buffer): void {
		if (payload.length === 0) {
			this.#dropping = true;
			this.#endReading();
			this.#sayEnd('finishing');
			return;
		}

		if (!this.#ended && !this.destroyed && !this.push(payload)) {
			this.#port.hold(true);
		}
	}

	#receiveError(payload: Buffer): void {
		// The confirmation of an abort carries no error.
		const error = this.#wire === 'aborting' || payload.length === 0 ? undefined : readError(new XdrReader(payload), this.#procedure);
		if (error !== undefined) {
			this.#settled.reject(error);
		}

		this.#close();
		if (!this.#ended) {
			this.destroy(error);
		}
	}

	#endReading(): void {
		if (!this.#ended && !this.destroyed) {
			this.#ended = true;
			this.push(null);
			// Nothing will be read any more, so nobody would release the connection later.
			this.#port.hold(false);
		}
	}

	/** Our last word. */
	#sayEnd(wire: 'finishing' | 'aborting'): void {
		if (this.#wire === 'open') {
			this.#wire = wire;
			this.#dropping = true;
			this.#port.send(wire === 'finishing' ? statuses.ok : statuses.error);
		}
	}

	#close(): void {
		this.#wire = 'closed';
		this.#dropping = true;
		this.#port.forget();
		this.#settled.resolve();
	}

	async #waitSettled(timeoutMs: number): Promise<void> {
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<never>((_resolve, reject) => {
			timer = setTimeout(() => reject(new CallTimeout(`the end of a stream of ${this.#procedure}`, timeoutMs)), timeoutMs);
		});
		try {
			await Promise.race([this.#settled.promise, late]);
		} finally {
			clearTimeout(timer);
		}
	}
}
