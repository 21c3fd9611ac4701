import {PendingCalls, type CallOptions, type PassedDescriptors, type SendOptions} from './calls.ts';
import {ConnectionLost, type CloseReason} from './errors.ts';
import {FrameSender} from './frame-sender.ts';
import {FrameDecoder, headerBytes, programs, statuses, types, writeHeader, type Header} from './frames.ts';
import {encodePong, isPing, Keepalive, type KeepaliveOptions} from './keepalive.ts';
import {OpenStreams} from './open-streams.ts';
import type {Procedure} from './procedures.ts';
import {runOutside} from './run-outside.ts';
import type {LibvirtStream} from './stream.ts';
import type {Transport} from './transport/transport.ts';
import {MalformedData, XdrReader, XdrWriter} from './xdr.ts';

export interface ChannelOptions {
	/** Gets a line for each call and each answer. */
	readonly trace?: ((line: string) => void) | undefined;
}

const defaultTimeoutMs = 60_000;

/** Calls, streams and messages over one transport. After a broken frame it never goes on: all that waits fails with ConnectionLost. */
export class Channel {
	/** Resolves with why the connection has ended; never rejects. */
	readonly closed: Promise<CloseReason>;
	readonly transport: Transport;
	readonly #sender: FrameSender;
	readonly #trace: ((line: string) => void) | undefined;
	readonly #calls: PendingCalls;
	readonly #streams: OpenStreams;
	readonly #listeners = new Map<string, (reader: XdrReader) => void>();
	readonly #decoder = new FrameDecoder((header, payload) => this.#receive(header, payload));
	readonly #resolveClosed: (reason: CloseReason) => void;
	#keepalive: Keepalive | undefined;
	#reason: CloseReason | undefined;
	#serial = 0;

	constructor(transport: Transport, options: ChannelOptions = {}) {
		const {promise, resolve} = Promise.withResolvers<CloseReason>();
		this.closed = promise;
		this.#resolveClosed = resolve;
		this.transport = transport;
		this.#sender = new FrameSender(transport.stream);
		this.#trace = options.trace;
		this.#calls = new PendingCalls(options.trace);
		const {stream} = transport;
		this.#streams = new OpenStreams({
			send: (frame, done) => this.#send(frame, done),
			setReading: (reading) => (reading ? stream.resume() : stream.pause()),
		});
		stream.on('data', (chunk: Buffer) => this.#onData(chunk));
		stream.on('error', (error) => this.shutdown({kind: 'socket', message: `The connection to libvirtd broke: ${error.message}`, cause: error}));
		for (const event of ['end', 'close']) {
			stream.on(event, () =>
				this.shutdown({kind: 'ended', message: `libvirtd has closed the connection${this.#decoder.idle ? '' : ' within a message'}`}),
			);
		}
	}

	/** Why the connection has ended, or undefined while it lasts. */
	get reason(): CloseReason | undefined {
		return this.#reason;
	}

	/** The streams that libvirtd has not done with. */
	get streams(): LibvirtStream[] {
		return this.#streams.list();
	}

	/** Rejects with LibvirtError, ConnectionLost, CallTimeout, the signal's reason, or RangeError for arguments that libvirt would refuse. */
	call<Args extends readonly unknown[], Result>(procedure: Procedure<Args, Result>, args: Args, options: SendOptions = {}): Promise<Result> {
		return this.#call(procedure, args, options, this.#nextSerial());
	}

	/** A call that opens a stream. The stream exists at once, so that nothing is missed; `opened` tells whether libvirtd took it. */
	openStream<Args extends readonly unknown[]>(
		procedure: Procedure<Args, void>,
		args: Args,
		options: CallOptions = {},
	): {readonly stream: LibvirtStream; readonly opened: Promise<void>} {
		const serial = this.#nextSerial();
		const stream = this.#streams.create(serial, procedure);
		// Until somebody has the stream its errors are those of the call.
		const ignoreError = (): void => undefined;
		stream.on('error', ignoreError);
		const open = async (): Promise<void> => {
			try {
				await this.#call({...procedure, read: () => stream.begin()}, args, options, serial, (done) => this.#settleLate(serial, stream, done));
				stream.off('error', ignoreError);
			} catch (error) {
				stream.destroy();
				if (!this.#calls.has(serial)) {
					this.#streams.remove(serial);
				}

				throw error;
			}
		};

		return {stream, opened: open()};
	}

	/** What to do with a message of libvirtd's; one listener a number of a program. */
	onMessage(number: number, listener: (reader: XdrReader) => void, program: number = programs.remote): void {
		this.#listeners.set(`${program} ${number}`, listener);
	}

	/** From now on notices a daemon that is there but dead. */
	watch(options: KeepaliveOptions): void {
		if (this.#reason !== undefined) return;
		this.#keepalive?.stop();
		this.#keepalive = new Keepalive(options, {
			send: (frame) => this.#send(frame),
			isDeaf: () => this.#streams.held,
			onDead: (message) => this.shutdown({kind: 'keepalive', message}),
		});
	}

	/** Ends the connection: every call and stream fails with ConnectionLost. The first reason counts. */
	shutdown(reason: CloseReason): void {
		if (this.#reason !== undefined) return;
		this.#reason = reason;
		this.#keepalive?.stop();
		this.transport.stream.destroy();
		this.#calls.failAll(reason);
		this.#streams.failAll(reason);
		this.#trace?.(`connection ended: ${reason.message}`);
		this.#resolveClosed(reason);
	}

	async #call<Args extends readonly unknown[], Result>(
		procedure: Procedure<Args, Result>,
		args: Args,
		options: SendOptions,
		serial: number,
		onLate?: (done: boolean) => void,
	): Promise<Result> {
		if (this.#reason !== undefined) {
			throw new ConnectionLost(this.#reason, procedure.name);
		}

		const writer = new XdrWriter(headerBytes);
		const {descriptors} = options;
		if (descriptors !== undefined) writer.unsigned(descriptors.count);
		procedure.write(writer, ...args);
		const frame = writer.finish();
		const type = descriptors === undefined ? types.call : types.callWithDescriptors;
		writeHeader(frame, {program: procedure.program ?? programs.remote, procedure: procedure.number, type, serial, status: statuses.ok});
		return this.#calls.wait({
			procedure,
			serial,
			timeoutMs: options.timeoutMs ?? procedure.timeoutMs ?? defaultTimeoutMs,
			signal: options.signal,
			read: procedure.read,
			onLate,
			send: () => {
				this.#trace?.(`-> ${procedure.name} #${serial} ${frame.length} bytes`);
				if (descriptors === undefined) this.#send(frame);
				else this.#sendWith(frame, descriptors);
			},
		});
	}

	#nextSerial(): number {
		this.#serial = this.#serial === 0xff_ff_ff_ff ? 1 : this.#serial + 1;
		return this.#serial;
	}

	/** A stream whose opening was given up has come into being all the same, or has not. */
	#settleLate(serial: number, stream: LibvirtStream, done: boolean): void {
		if (done) {
			stream.begin();
		} else {
			this.#streams.remove(serial);
		}
	}

	#send(frame: Uint8Array, done?: (error?: Error | null) => void): void {
		this.#sender.send(frame, this.#reason, done);
	}

	/** A connection on which libvirtd waits for descriptors that do not come is of no use any more. */
	#sendWith(frame: Uint8Array, descriptors: PassedDescriptors): void {
		const send = (): Promise<void> => descriptors.send(this.transport.stream);
		this.#sender.sendFollowed(frame, this.#reason, send, (error) =>
			this.shutdown({kind: 'socket', message: `No descriptor could be passed to libvirtd: ${error.message}`, cause: error}),
		);
	}

	#onData(chunk: Buffer): void {
		this.#keepalive?.heard();
		try {
			this.#decoder.push(chunk);
		} catch (error) {
			if (!(error instanceof MalformedData)) {
				throw error;
			}

			this.shutdown({kind: 'protocol', message: `libvirtd sent what is not libvirt's protocol: ${error.message}`, cause: error});
		}
	}

	#receive(header: Header, payload: Buffer): void {
		if (this.#reason !== undefined) return;
		if (header.program === programs.keepalive) {
			if (isPing(header.procedure)) this.#send(encodePong());
			return;
		}

		switch (header.type) {
			case types.reply:
				this.#calls.answer(header, payload);
				return;
			case types.stream:
				this.#receiveStream(header, payload);
				return;
			case types.message:
				this.#receiveMessage(header, payload);
				return;
			default:
				throw new MalformedData(`A message of type ${header.type} was not asked for`);
		}
	}

	#receiveStream(header: Header, payload: Buffer): void {
		let known = true;
		runOutside(() => {
			known = this.#streams.receive(header, payload);
		});
		// What was under way when a stream was ended comes late; what was never opened must not come at all.
		if (!known && (header.serial === 0 || header.serial > this.#serial)) {
			throw new MalformedData(`Data for the stream ${header.serial}, which was never opened`);
		}
	}

	#receiveMessage(header: Header, payload: Buffer): void {
		const listener = this.#listeners.get(`${header.program} ${header.procedure}`);
		if (listener !== undefined) {
			runOutside(() => listener(new XdrReader(payload)));
		}
	}
}
