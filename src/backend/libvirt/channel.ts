import {CallTimeout, ConnectionLost, LibvirtError, readError} from './errors.ts';
import type {CloseReason} from './errors.ts';
import {encodeFrame, FrameDecoder, headerBytes, programs, statuses, types, writeHeader} from './frames.ts';
import type {Header} from './frames.ts';
import type {Procedure} from './procedures.ts';
import {LibvirtStream} from './stream.ts';
import type {Transport} from './transport.ts';
import {MalformedData, XdrReader, XdrWriter} from './xdr.ts';

/** How long one call may take, and what ends it early. */
export interface CallOptions {
	readonly signal?: AbortSignal | undefined;
	/** Default 60 s; 120 s for calls that start a guest. */
	readonly timeoutMs?: number | undefined;
}

export interface ChannelOptions {
	/** Gets a line for each call and each answer. */
	readonly trace?: ((line: string) => void) | undefined;
	/** Asks libvirtd every `intervalMs` whether it lives and gives up after `count` questions without any sign of life. */
	readonly keepalive?: {readonly intervalMs: number; readonly count: number} | undefined;
}

interface Waiter {
	readonly procedure: string;
	readonly number: number;
	/** Called with the payload of an OK; throws MalformedData when it is broken. */
	readonly succeed: (payload: Buffer) => void;
	readonly fail: (error: unknown) => void;
}

const defaultTimeoutMs = 60_000;
const keepaliveProcedures = {ping: 1, pong: 2} as const;

/** Calls, streams and messages over one transport. After a broken frame it never goes on: all that waits fails with ConnectionLost. */
export class Channel {
	readonly closed: Promise<CloseReason>;
	readonly #transport: Transport;
	readonly #trace: ((line: string) => void) | undefined;
	readonly #waiters = new Map<number, Waiter>();
	readonly #streams = new Map<number, LibvirtStream>();
	readonly #holding = new Set<number>();
	readonly #listeners = new Map<number, (reader: XdrReader) => void>();
	readonly #decoder = new FrameDecoder((header, payload) => this.#receive(header, payload));
	readonly #resolveClosed: (reason: CloseReason) => void;
	#reason: CloseReason | undefined;
	#serial = 0;
	#corked = false;
	#heard = true;
	#keepaliveTimer: NodeJS.Timeout | undefined;

	constructor(transport: Transport, options: ChannelOptions = {}) {
		const {promise, resolve} = Promise.withResolvers<CloseReason>();
		this.closed = promise;
		this.#resolveClosed = resolve;
		this.#transport = transport;
		this.#trace = options.trace;
		const {stream} = transport;
		stream.on('data', (chunk: Buffer) => this.#onData(chunk));
		stream.on('end', () => this.shutdown({kind: 'ended', message: this.#decoder.idle ? 'libvirtd has closed the connection' : 'libvirtd has closed the connection within a message'}));
		stream.on('error', (error) => this.shutdown({kind: 'socket', message: `The connection to libvirtd broke: ${error.message}`, cause: error}));
		stream.on('close', () => this.shutdown({kind: 'ended', message: 'libvirtd has closed the connection'}));
		if (options.keepalive !== undefined) {
			this.#startKeepalive(options.keepalive);
		}
	}

	/** Why the connection has ended, or undefined while it lasts. */
	get reason(): CloseReason | undefined {
		return this.#reason;
	}

	/** The streams that libvirtd has not done with. */
	get streams(): Iterable<LibvirtStream> {
		return this.#streams.values();
	}

	/** Rejects with LibvirtError, ConnectionLost, CallTimeout, the signal's reason, or RangeError for arguments that libvirt would refuse. */
	call<Args extends readonly unknown[], Result>(procedure: Procedure<Args, Result>, args: Args, options: CallOptions = {}): Promise<Result> {
		return this.#call(procedure, args, options, this.#nextSerial(), undefined);
	}

	/** A call that opens a stream. The stream exists at once, so that nothing is missed; `opened` tells whether libvirtd took it. */
	openStream<Args extends readonly unknown[]>(procedure: Procedure<Args, void>, args: Args, options: CallOptions = {}): {readonly stream: LibvirtStream; readonly opened: Promise<void>} {
		const serial = this.#nextSerial();
		const stream: LibvirtStream = new LibvirtStream({
			send: (status, data, done) => this.#send(encodeFrame({program: programs.remote, procedure: procedure.number, type: types.stream, serial, status}, data), done),
			hold: (held) => this.#hold(serial, held),
			forget: () => this.#streams.delete(serial),
		}, procedure.name);
		this.#streams.set(serial, stream);
		const begin = (): void => stream.begin();
		const ignoreError = (): void => undefined;
		// Until somebody has the stream its errors are those of the call.
		stream.on('error', ignoreError);
		const opened = this.#call({...procedure, read: begin}, args, options, serial, (taken) => {
			if (taken) {
				begin();
			} else {
				this.#streams.delete(serial);
			}
		}).then(() => {
			stream.off('error', ignoreError);
		}, (error: unknown) => {
			if (!this.#waiters.has(serial)) {
				this.#streams.delete(serial);
			}

			stream.destroy();
			throw error;
		});
		return {stream, opened};
	}

	/** What to do with a message of libvirtd's; one listener a number. */
	onMessage(number: number, listener: (reader: XdrReader) => void): void {
		this.#listeners.set(number, listener);
	}

	/** Ends the connection: every call and stream fails with ConnectionLost. The first reason counts. */
	shutdown(reason: CloseReason): void {
		if (this.#reason !== undefined) {
			return;
		}

		this.#reason = reason;
		clearInterval(this.#keepaliveTimer);
		this.#transport.stream.destroy();
		for (const waiter of this.#waiters.values()) {
			waiter.fail(new ConnectionLost(reason, waiter.procedure));
		}

		this.#waiters.clear();
		for (const stream of this.#streams.values()) {
			stream.fail(new ConnectionLost(reason));
		}

		this.#streams.clear();
		this.#trace?.(`connection ended: ${reason.message}`);
		this.#resolveClosed(reason);
	}

	#call<Args extends readonly unknown[], Result>(procedure: Procedure<Args, Result>, args: Args, options: CallOptions, serial: number, onLate: ((taken: boolean) => void) | undefined): Promise<Result> {
		return new Promise((resolve, reject) => {
			const {signal} = options;
			signal?.throwIfAborted();
			if (this.#reason !== undefined) {
				throw new ConnectionLost(this.#reason, procedure.name);
			}

			const writer = new XdrWriter(headerBytes);
			procedure.write(writer, ...args);
			const frame = writer.finish();
			writeHeader(frame, {program: programs.remote, procedure: procedure.number, type: types.call, serial, status: statuses.ok});
			const started = this.#trace === undefined ? 0 : performance.now();
			const settle = (outcome: string): void => {
				clearTimeout(timer);
				signal?.removeEventListener('abort', onAbort);
				this.#trace?.(`<- ${procedure.name} #${serial} ${outcome} ${(performance.now() - started).toFixed(1)} ms`);
			};

			// libvirtd answers all the same: the answer must find somebody.
			const abandon = (error: unknown): void => {
				settle('given up');
				this.#waiters.set(serial, {procedure: procedure.name, number: procedure.number, succeed: () => onLate?.(true), fail: () => onLate?.(false)});
				reject(error);
			};

			const onAbort = (): void => abandon(signal?.reason);
			const timeoutMs = options.timeoutMs ?? procedure.timeoutMs ?? defaultTimeoutMs;
			const timer = setTimeout(() => abandon(new CallTimeout(procedure.name, timeoutMs)), timeoutMs);
			signal?.addEventListener('abort', onAbort, {once: true});
			this.#waiters.set(serial, {
				procedure: procedure.name,
				number: procedure.number,
				succeed: (payload) => {
					settle('ok');
					resolve(procedure.read(new XdrReader(payload)));
				},
				fail: (error) => {
					settle(error instanceof LibvirtError ? `error ${error.code}` : 'lost');
					reject(error);
				},
			});
			this.#trace?.(`-> ${procedure.name} #${serial} ${frame.length} bytes`);
			this.#send(frame);
		});
	}

	#nextSerial(): number {
		this.#serial = this.#serial === 0xff_ff_ff_ff ? 1 : this.#serial + 1;
		return this.#serial;
	}

	/** What is sent in one turn of the event loop goes in one system call. */
	#send(frame: Uint8Array, done?: (error?: Error | null) => void): void {
		const {stream} = this.#transport;
		if (this.#reason !== undefined || stream.destroyed) {
			done?.(new ConnectionLost(this.#reason ?? {kind: 'closed', message: 'The connection is closed'}));
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

	#onData(chunk: Buffer): void {
		this.#heard = true;
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
		if (this.#reason !== undefined) {
			return;
		}

		if (header.program === programs.keepalive) {
			if (header.procedure === keepaliveProcedures.ping) {
				this.#sendKeepalive(keepaliveProcedures.pong);
			}

			return;
		}

		switch (header.type) {
			case types.reply:
				this.#receiveReply(header, payload);
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

	#receiveReply(header: Header, payload: Buffer): void {
		const waiter = this.#waiters.get(header.serial);
		if (waiter === undefined || waiter.number !== header.procedure || header.program !== programs.remote) {
			throw new MalformedData(`An answer to call ${header.serial} of procedure ${header.procedure} was not asked for`);
		}

		this.#waiters.delete(header.serial);
		try {
			if (header.status === statuses.error) {
				waiter.fail(readError(new XdrReader(payload), waiter.procedure));
			} else {
				waiter.succeed(payload);
			}
		} catch (error) {
			if (error instanceof MalformedData) {
				// Its own answer is the broken one, so it fails with the connection as the others do.
				this.#waiters.set(header.serial, waiter);
			}

			throw error;
		}
	}

	#receiveStream(header: Header, payload: Buffer): void {
		const stream = this.#streams.get(header.serial);
		if (stream !== undefined) {
			this.#outside(() => stream.receive(header.status, payload));
			return;
		}

		// What was under way when a stream was ended comes late; what was never opened must not come at all.
		if (header.serial === 0 || header.serial > this.#serial) {
			throw new MalformedData(`Data for the stream ${header.serial}, which was never opened`);
		}
	}

	#receiveMessage(header: Header, payload: Buffer): void {
		const listener = header.program === programs.remote ? this.#listeners.get(header.procedure) : undefined;
		if (listener !== undefined) {
			this.#outside(() => listener(new XdrReader(payload)));
		}
	}

	/** Runs what may call foreign listeners: their faults are theirs, and must not lose the rest of a chunk. */
	#outside(run: () => void): void {
		try {
			run();
		} catch (error) {
			if (error instanceof MalformedData) {
				throw error;
			}

			process.nextTick(() => {
				throw error;
			});
		}
	}

	#hold(serial: number, held: boolean): void {
		const wasHeld = this.#holding.size > 0;
		if (held) {
			this.#holding.add(serial);
		} else {
			this.#holding.delete(serial);
		}

		const isHeld = this.#holding.size > 0;
		if (isHeld !== wasHeld) {
			if (isHeld) {
				this.#transport.stream.pause();
			} else {
				this.#transport.stream.resume();
			}
		}
	}

	#startKeepalive({intervalMs, count}: {readonly intervalMs: number; readonly count: number}): void {
		let unanswered = 0;
		this.#keepaliveTimer = setInterval(() => {
			// While a slow reader holds the connection back nothing can be heard.
			unanswered = this.#heard || this.#holding.size > 0 ? 0 : unanswered + 1;
			if (unanswered >= count) {
				this.shutdown({kind: 'keepalive', message: `libvirtd has not answered for ${intervalMs * count} ms`});
				return;
			}

			this.#heard = false;
			this.#sendKeepalive(keepaliveProcedures.ping);
		}, intervalMs);
		this.#keepaliveTimer.unref();
	}

	#sendKeepalive(procedure: number): void {
		this.#send(encodeFrame({program: programs.keepalive, procedure, type: types.message, serial: 0, status: statuses.ok}));
	}
}
