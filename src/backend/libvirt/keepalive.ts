import {encodeFrame, programs, statuses, types} from './frames.ts';

export interface KeepaliveOptions {
	readonly intervalMs: number;
	/** Questions without any sign of life after which libvirtd counts as dead. */
	readonly count: number;
}

const procedures = {ping: 1, pong: 2} as const;

/** Whether a message of the keepalive program wants an answer. */
export function isPing(procedure: number): boolean {
	return procedure === procedures.ping;
}

/** The answer to a ping. */
export function encodePong(): Buffer {
	return encode(procedures.pong);
}

/** Asks libvirtd from time to time whether it lives; libvirtd answers whether or not keepalive was agreed on. Does not keep the process alive. */
export class Keepalive {
	readonly #timer: NodeJS.Timeout;
	#unanswered = 0;

	/** `isDeaf`: nothing is read now, so that silence says nothing. */
	constructor(
		options: KeepaliveOptions,
		port: {readonly send: (frame: Uint8Array) => void; readonly isDeaf: () => boolean; readonly onDead: (message: string) => void},
	) {
		this.#timer = setInterval(() => {
			if (port.isDeaf()) {
				this.#unanswered = 0;
			}

			if (this.#unanswered >= options.count) {
				this.stop();
				port.onDead(`libvirtd has not answered for ${options.intervalMs * options.count} ms`);
				return;
			}

			this.#unanswered++;
			port.send(encode(procedures.ping));
		}, options.intervalMs);
		this.#timer.unref();
	}

	/** Something came from libvirtd. */
	heard(): void {
		this.#unanswered = 0;
	}

	stop(): void {
		clearInterval(this.#timer);
	}
}

function encode(procedure: number): Buffer {
	return encodeFrame({program: programs.keepalive, procedure, type: types.message, serial: 0, status: statuses.ok});
}
