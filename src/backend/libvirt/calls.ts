import type {Duplex} from 'node:stream';
import {clockMs} from './clock-ms.ts';
import {CallTimeout, ConnectionLost, LibvirtError, readError, type CloseReason} from './errors.ts';
import {programs, statuses, type Header} from './frames.ts';
import type {Procedure} from './procedures.ts';
import {MalformedData, XdrReader} from './xdr.ts';

/** Descriptors that go with a call. Node has no way to send any: whoever calls has. */
export interface PassedDescriptors {
	readonly count: number;
	/** Sends them along the connection's socket, each with one byte that is 0. Nothing else is written meanwhile. */
	send(socket: Duplex): Promise<void>;
}

/** How long one call may take, and what ends it early. */
export interface CallOptions {
	readonly signal?: AbortSignal | undefined;
	/** Default 60 s; 120 s for calls that start a guest. */
	readonly timeoutMs?: number | undefined;
}

export interface SendOptions extends CallOptions {
	readonly descriptors?: PassedDescriptors | undefined;
}

type CalledProcedure = Pick<Procedure<never, unknown>, 'name' | 'number' | 'program'>;

/** A call that is about to be sent. */
interface PendingCall<Result> {
	readonly procedure: CalledProcedure;
	readonly serial: number;
	readonly timeoutMs: number;
	readonly signal: AbortSignal | undefined;
	readonly read: (reader: XdrReader) => Result;
	/** Told how a call ended that nobody waits for any more: whether libvirtd did what was asked. */
	readonly onLate?: ((done: boolean) => void) | undefined;
	readonly send: () => void;
}

interface Waiter {
	readonly procedure: CalledProcedure;
	/** Takes the payload of an OK; throws MalformedData when it is broken. */
	readonly succeed: (payload: Buffer) => void;
	readonly fail: (error: unknown) => void;
}

/** The calls that libvirtd has not answered, by serial. One that was given up stays until its answer has come. */
export class PendingCalls {
	readonly #waiters = new Map<number, Waiter>();
	readonly #trace: ((line: string) => void) | undefined;

	constructor(trace: ((line: string) => void) | undefined) {
		this.#trace = trace;
	}

	/** Whether the answer to this call is still to come. */
	has(serial: number): boolean {
		return this.#waiters.has(serial);
	}

	/** Sends the call and waits: for its answer, its deadline, its signal or the end of the connection. */
	wait<Result>({procedure, serial, timeoutMs, signal, read, onLate, send}: PendingCall<Result>): Promise<Result> {
		return new Promise((resolve, reject) => {
			signal?.throwIfAborted();
			const started = this.#trace === undefined ? 0 : clockMs();
			const settle = (outcome: string): void => {
				clearTimeout(timer);
				signal?.removeEventListener('abort', onAbort);
				this.#trace?.(`<- ${procedure.name} #${serial} ${outcome} ${(clockMs() - started).toFixed(1)} ms`);
			};

			const giveUp = (error: unknown): void => {
				settle('given up');
				this.#waiters.set(serial, {procedure, succeed: () => onLate?.(true), fail: () => onLate?.(false)});
				reject(error);
			};

			const onAbort = (): void => giveUp(signal?.reason);
			const timer = setTimeout(() => giveUp(new CallTimeout(procedure.name, timeoutMs)), timeoutMs);
			signal?.addEventListener('abort', onAbort, {once: true});
			this.#waiters.set(serial, {
				procedure,
				succeed: (payload) => {
					const result = read(new XdrReader(payload));
					settle('ok');
					resolve(result);
				},
				fail: (error) => {
					settle(error instanceof LibvirtError ? `error ${error.code}` : 'lost');
					reject(error);
				},
			});
			send();
		});
	}

	/** Takes an answer to the call it is for. Throws MalformedData when it is broken or was not asked for. */
	answer(header: Header, payload: Buffer): void {
		const waiter = this.#waiters.get(header.serial);
		const asked = waiter?.procedure;
		if (waiter === undefined || asked?.number !== header.procedure || (asked.program ?? programs.remote) !== header.program) {
			throw new MalformedData(`An answer to call ${header.serial} of procedure ${header.procedure} was not asked for`);
		}

		if (header.status === statuses.error) {
			waiter.fail(readError(new XdrReader(payload), waiter.procedure.name));
		} else {
			waiter.succeed(payload);
		}

		// Only now: with a broken answer this call, too, must fail as the connection does.
		this.#waiters.delete(header.serial);
	}

	/** The connection has ended. */
	failAll(reason: CloseReason): void {
		const waiters = [...this.#waiters.values()];
		this.#waiters.clear();
		for (const waiter of waiters) {
			waiter.fail(new ConnectionLost(reason, waiter.procedure.name));
		}
	}
}
