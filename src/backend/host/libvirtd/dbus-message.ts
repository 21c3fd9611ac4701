/** Message types of D-Bus. */
export const messageTypes = {call: 1, answer: 2, error: 3, signal: 4} as const;

/** Codes of header fields. */
const fields = {path: 1, interface: 2, member: 3, destination: 6, signature: 8} as const;

const littleEndian = 'l'.charCodeAt(0);
const version = 1;

/** A received message, as far as it is of interest here. */
export interface Message {
	readonly type: number;
	/** What a signal is called. */
	readonly member: string | undefined;
	readonly body: MessageReader;
}

interface Call {
	readonly type?: number;
	readonly path: string;
	readonly interface: string;
	readonly member: string;
	readonly destination?: string;
	/** Of the body. */
	readonly signature: string;
}

/** Writes values in D-Bus' form, each aligned as its type has it. */
export class MessageWriter {
	readonly #bytes: number[] = [];

	get bytes(): Uint8Array {
		return Uint8Array.from(this.#bytes);
	}

	align(to: number): void {
		while (this.#bytes.length % to !== 0) this.#bytes.push(0);
	}

	byte(value: number): void {
		this.#bytes.push(value);
	}

	unsigned(value: number): void {
		this.align(4);
		this.#bytes.push(...unsignedBytes(value));
	}

	/** Of 64 bits, below 2^53. */
	long(value: number): void {
		this.align(8);
		this.#bytes.push(...unsignedBytes(value), ...unsignedBytes(Math.floor(value / 2 ** 32)));
	}

	string(text: string): void {
		const bytes = Buffer.from(text);
		this.unsigned(bytes.length);
		this.#bytes.push(...bytes, 0);
	}

	signature(text: string): void {
		this.#bytes.push(text.length, ...Buffer.from(text), 0);
	}

	/** `alignment`: of its elements. */
	array(alignment: number, write: () => void): void {
		this.unsigned(0);
		const place = this.#bytes.length - 4;
		this.align(alignment);
		const begin = this.#bytes.length;
		write();
		this.#bytes.splice(place, 4, ...unsignedBytes(this.#bytes.length - begin));
	}
}

/** Reads what this writes. Throws a RangeError where the bytes end too soon. */
class MessageReader {
	readonly #bytes: Buffer;
	#offset = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	get offset(): number {
		return this.#offset;
	}

	align(to: number): void {
		this.#offset = Math.ceil(this.#offset / to) * to;
	}

	byte(): number {
		return this.#bytes.readUInt8(this.#offset++);
	}

	unsigned(): number {
		this.align(4);
		this.#offset += 4;
		return this.#bytes.readUInt32LE(this.#offset - 4);
	}

	string(): string {
		return this.#text(this.unsigned());
	}

	signature(): string {
		return this.#text(this.byte());
	}

	#text(length: number): string {
		const begin = this.#offset;
		this.#offset += length + 1;
		return this.#bytes.toString('utf8', begin, begin + length);
	}
}

function unsignedBytes(value: number): number[] {
	return [value, value >>> 8, value >>> 16, value >>> 24].map((each) => each & 255);
}

/** The bytes of a call, or of a signal. */
export function writeMessage({type = messageTypes.call, signature, ...names}: Call, writeBody: (writer: MessageWriter) => void): Uint8Array {
	const body = new MessageWriter();
	writeBody(body);
	const writer = new MessageWriter();
	for (const each of [littleEndian, type, 0, version]) writer.byte(each);
	writer.unsigned(body.bytes.length);
	writer.unsigned(1);
	writer.array(8, () => {
		for (const [name, value] of Object.entries({...names, signature})) {
			const code = fields[name as keyof typeof fields];
			writer.align(8);
			writer.byte(code);
			writer.signature(code === fields.path ? 'o' : code === fields.signature ? 'g' : 's');
			if (code === fields.signature) writer.signature(value);
			else writer.string(value);
		}
	});
	writer.align(8);
	return Buffer.concat([writer.bytes, body.bytes]);
}

/** The first message in what was received, and how long it is; undefined: it is not whole yet. Throws a RangeError for what is none. */
export function readMessage(bytes: Uint8Array): {readonly message: Message; readonly length: number} | undefined {
	if (bytes.length < 16) return undefined;
	const reader = new MessageReader(bytes);
	if (reader.byte() !== littleEndian) throw new RangeError('The message is not little-endian');
	const type = reader.byte();
	reader.align(4);
	const bodyLength = reader.unsigned();
	reader.unsigned();
	const fieldsEnd = 16 + reader.unsigned();
	const bodyBegin = Math.ceil(fieldsEnd / 8) * 8;
	const length = bodyBegin + bodyLength;
	if (bytes.length < length) return undefined;
	let member: string | undefined;
	while (reader.offset < fieldsEnd) {
		reader.align(8);
		const code = reader.byte();
		const kind = reader.signature();
		const value = kind === 'u' ? reader.unsigned() : kind === 'g' ? reader.signature() : reader.string();
		if (code === fields.member && typeof value === 'string') member = value;
	}
	return {message: {type, member, body: new MessageReader(bytes.subarray(bodyBegin, length))}, length};
}
