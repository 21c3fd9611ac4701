import {ConnectionLost, type CloseReason} from './errors.ts';
import {encodeFrame, programs, types, type Header} from './frames.ts';
import {LibvirtStream} from './stream.ts';

/** What the streams need of their connection. */
interface StreamsPort {
	readonly send: (frame: Uint8Array, done?: (error?: Error | null) => void) => void;
	/** Whether to read from the connection; called when it changes. */
	readonly setReading: (reading: boolean) => void;
}

/** The streams of one connection that libvirtd has not done with, by the serial of the call that opened them. */
export class OpenStreams {
	readonly #port: StreamsPort;
	readonly #streams = new Map<number, LibvirtStream>();
	/** Serials of the streams whose readers are behind: while there is one nothing is read. */
	readonly #behind = new Set<number>();

	constructor(port: StreamsPort) {
		this.#port = port;
	}

	/** Whether a slow reader holds the connection back. */
	get held(): boolean {
		return this.#behind.size > 0;
	}

	/** The streams as they are now. */
	list(): LibvirtStream[] {
		return [...this.#streams.values()];
	}

	create(serial: number, procedure: {readonly name: string; readonly number: number}): LibvirtStream {
		const stream = new LibvirtStream(
			{
				send: (status, data, done) =>
					this.#port.send(encodeFrame({program: programs.remote, procedure: procedure.number, type: types.stream, serial, status}, data), done),
				hold: (held) => this.#hold(serial, held),
				forget: () => this.remove(serial),
			},
			procedure.name,
		);
		this.#streams.set(serial, stream);
		return stream;
	}

	remove(serial: number): void {
		this.#streams.delete(serial);
	}

	/** False when there is no such stream, or none any more. Throws MalformedData for a broken packet. */
	receive(header: Header, payload: Buffer): boolean {
		const stream = this.#streams.get(header.serial);
		stream?.receive(header.status, payload);
		return stream !== undefined;
	}

	/** The connection has ended. */
	failAll(reason: CloseReason): void {
		const streams = this.list();
		this.#streams.clear();
		for (const stream of streams) {
			stream.fail(new ConnectionLost(reason));
		}
	}

	#hold(serial: number, held: boolean): void {
		const wasHeld = this.held;
		if (held) {
			this.#behind.add(serial);
		} else {
			this.#behind.delete(serial);
		}

		if (this.held !== wasHeld) {
			this.#port.setReading(wasHeld);
		}
	}
}
