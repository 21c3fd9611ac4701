import {MalformedData} from './xdr.ts';

/** Bytes of a frame before its payload: the length and six header words. */
export const headerBytes = 28;

/** Longest frame, its length word included (VIR_NET_MESSAGE_MAX + VIR_NET_MESSAGE_LEN_MAX). */
export const maximumFrameBytes = 33_554_436;

export const programs = {remote: 0x20_00_80_86, qemu: 0x20_00_80_87, lxc: 0x00_06_80_00, keepalive: 0x6b_65_65_70} as const;

export const types = {call: 0, reply: 1, message: 2, stream: 3, callWithDescriptors: 4, replyWithDescriptors: 5, streamHole: 6} as const;

export const statuses = {ok: 0, error: 1, continue: 2} as const;

export interface Header {
	readonly program: number;
	readonly procedure: number;
	/** One of `types`. */
	readonly type: number;
	readonly serial: number;
	/** One of `statuses`. */
	readonly status: number;
}

/** Takes one whole frame; the payload is a view that may be kept. */
type FrameListener = (header: Header, payload: Buffer) => void;

/** Writes the header into the first 28 bytes of `frame`, whose length is the frame's. Throws RangeError over libvirt's limit. */
export function writeHeader(frame: Buffer, header: Header): void {
	if (frame.length > maximumFrameBytes) {
		throw new RangeError(`A message of ${frame.length} bytes is over libvirt's limit of ${maximumFrameBytes} bytes`);
	}

	frame.writeUInt32BE(frame.length, 0);
	frame.writeUInt32BE(header.program, 4);
	frame.writeUInt32BE(1, 8);
	frame.writeInt32BE(header.procedure, 12);
	frame.writeInt32BE(header.type, 16);
	frame.writeUInt32BE(header.serial, 20);
	frame.writeInt32BE(header.status, 24);
}

/** A frame with a copy of `payload`. */
export function encodeFrame(header: Header, payload: Uint8Array = new Uint8Array()): Buffer {
	const frame = Buffer.allocUnsafe(headerBytes + payload.length);
	frame.set(payload, headerBytes);
	writeHeader(frame, header);
	return frame;
}

/**
 * Cuts a byte stream into frames. A frame that lies within one chunk is handed on as a view of it; one that spans chunks is copied
 * once. Throws MalformedData at the first broken frame, and for good: a decoder that has failed must be dropped with its connection.
 */
export class FrameDecoder {
	readonly #listener: FrameListener;
	/** The frame that is being gathered, or its first bytes while its length is not known. */
	#partial: Buffer | undefined;
	#filled = 0;
	readonly #lengthWord = Buffer.alloc(4);
	#lengthFilled = 0;

	constructor(listener: FrameListener) {
		this.#listener = listener;
	}

	/** True between frames: no part of one has been seen. */
	get idle(): boolean {
		return this.#partial === undefined && this.#lengthFilled === 0;
	}

	push(chunk: Buffer): void {
		let at = 0;
		while (at < chunk.length) {
			at = this.#partial === undefined && this.#lengthFilled === 0 && chunk.length - at >= 4 ? this.#readFresh(chunk, at) : this.#gather(chunk, at);
		}
	}

	#readFresh(chunk: Buffer, at: number): number {
		const length = checkLength(chunk.readUInt32BE(at));
		if (length <= chunk.length - at) {
			this.#deliver(chunk.subarray(at, at + length));
			return at + length;
		}

		this.#begin(length);
		return this.#fill(chunk, at);
	}

	#gather(chunk: Buffer, at: number): number {
		if (this.#partial !== undefined) {
			return this.#fill(chunk, at);
		}

		const end = Math.min(chunk.length, at + 4 - this.#lengthFilled);
		chunk.copy(this.#lengthWord, this.#lengthFilled, at, end);
		this.#lengthFilled += end - at;
		if (this.#lengthFilled === 4) {
			this.#begin(checkLength(this.#lengthWord.readUInt32BE(0)));
			this.#lengthWord.copy(this.#partial ?? this.#lengthWord, 0);
			this.#filled = 4;
			this.#lengthFilled = 0;
		}

		return end;
	}

	#begin(length: number): void {
		this.#partial = Buffer.allocUnsafe(length);
		this.#filled = 0;
	}

	#fill(chunk: Buffer, at: number): number {
		const frame = this.#partial;
		if (frame === undefined) {
			return at;
		}

		const end = Math.min(chunk.length, at + frame.length - this.#filled);
		chunk.copy(frame, this.#filled, at, end);
		this.#filled += end - at;
		if (this.#filled === frame.length) {
			this.#partial = undefined;
			this.#deliver(frame);
		}

		return end;
	}

	#deliver(frame: Buffer): void {
		const version = frame.readUInt32BE(8);
		const type = frame.readInt32BE(16);
		const status = frame.readInt32BE(24);
		if (version !== 1 || type < types.call || type > types.streamHole || status < statuses.ok || status > statuses.continue) {
			throw new MalformedData(`A message has version ${version}, type ${type}, status ${status}`);
		}

		const header = {program: frame.readUInt32BE(4), procedure: frame.readInt32BE(12), type, serial: frame.readUInt32BE(20), status};
		this.#listener(header, frame.subarray(headerBytes));
	}
}

function checkLength(length: number): number {
	if (length < headerBytes || length > maximumFrameBytes) {
		throw new MalformedData(`A message says it has ${length} bytes; between ${headerBytes} and ${maximumFrameBytes} are allowed`);
	}

	return length;
}
