/** Longest string libvirt takes or sends, in bytes (REMOTE_STRING_MAX). */
export const maximumStringBytes = 4_194_304;

/** Data that cannot be what libvirt's protocol says: too short, over a limit, or out of range. */
export class MalformedData extends Error {
	override readonly name = 'MalformedData';
}

/** Writes XDR values into one growing buffer. Throws RangeError for a value that libvirt would refuse. */
export class XdrWriter {
	#buffer: Buffer;
	#length: number;

	/** `reserved` bytes are left free at the start, for a header that is known later. */
	constructor(reserved = 0, capacity = 256) {
		this.#buffer = Buffer.allocUnsafe(Math.max(capacity, reserved));
		this.#length = reserved;
	}

	/** What was written, the reserved start included. No copy: the writer must not be used again. */
	finish(): Buffer {
		return this.#buffer.subarray(0, this.#length);
	}

	unsigned(value: number): void {
		if (!Number.isInteger(value) || value < 0 || value > 0xff_ff_ff_ff) {
			throw new RangeError(`${value} does not fit into 32 bits without a sign`);
		}

		const at = this.#reserve(4);
		this.#buffer.writeUInt32BE(value, at);
	}

	signed(value: number): void {
		if (!Number.isInteger(value) || value < -0x80_00_00_00 || value > 0x7f_ff_ff_ff) {
			throw new RangeError(`${value} does not fit into 32 bits with a sign`);
		}

		const at = this.#reserve(4);
		this.#buffer.writeInt32BE(value, at);
	}

	hyper(value: number | bigint): void {
		const at = this.#reserve(8);
		this.#buffer.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)), at);
	}

	double(value: number): void {
		const at = this.#reserve(8);
		this.#buffer.writeDoubleBE(value, at);
	}

	/** libvirt ends strings at a NUL byte, so one inside would cut the rest off in silence. */
	string(value: string): void {
		const bytes = Buffer.byteLength(value);
		if (bytes > maximumStringBytes) {
			throw new RangeError(`A text of ${bytes} bytes is over libvirt's limit of ${maximumStringBytes} bytes`);
		}

		if (value.includes('\0')) {
			throw new RangeError('A text for libvirt holds a NUL byte');
		}

		const padded = padTo4(bytes);
		const at = this.#reserve(4 + padded);
		this.#buffer.writeUInt32BE(bytes, at);
		this.#buffer.write(value, at + 4, bytes, 'utf8');
		this.#buffer.fill(0, at + 4 + bytes, at + 4 + padded);
	}

	optionalString(value: string | undefined): void {
		if (value === undefined) {
			this.unsigned(0);
			return;
		}

		this.unsigned(1);
		this.string(value);
	}

	/** A UUID in its text form becomes 16 bytes. */
	uuid(value: string): void {
		const hex = value.replaceAll('-', '');
		if (!/^[\da-f]{32}$/i.test(hex)) {
			throw new RangeError(`'${value}' is not a UUID`);
		}

		const at = this.#reserve(16);
		this.#buffer.write(hex, at, 16, 'hex');
	}

	/** `limit`: how many libvirt takes. */
	array<Item>(items: readonly Item[], limit: number, write: (item: Item) => void): void {
		if (items.length > limit) {
			throw new RangeError(`A list of ${items.length} is over its limit of ${limit}`);
		}

		this.unsigned(items.length);
		for (const item of items) {
			write(item);
		}
	}

	#reserve(bytes: number): number {
		const at = this.#length;
		const end = at + bytes;
		if (end > this.#buffer.length) {
			const larger = Buffer.allocUnsafe(Math.max(end, this.#buffer.length * 2));
			this.#buffer.copy(larger, 0, 0, at);
			this.#buffer = larger;
		}

		this.#length = end;
		return at;
	}
}

/** Reads XDR values from one payload. Throws MalformedData where the payload ends early or breaks a limit. */
export class XdrReader {
	readonly #data: Buffer;
	#at = 0;

	constructor(data: Buffer) {
		this.#data = data;
	}

	/** Bytes not read yet. */
	get remaining(): number {
		return this.#data.length - this.#at;
	}

	unsigned(): number {
		return this.#data.readUInt32BE(this.#take(4));
	}

	signed(): number {
		return this.#data.readInt32BE(this.#take(4));
	}

	boolean(): boolean {
		return this.unsigned() !== 0;
	}

	/** 64 bits without a sign, as a number: exact up to 2^53. */
	hyper(): number {
		const at = this.#take(8);
		return this.#data.readUInt32BE(at) * 0x1_00_00_00_00 + this.#data.readUInt32BE(at + 4);
	}

	/** 64 bits with a sign, as a number: exact between -2^53 and 2^53. */
	signedHyper(): number {
		return Number(this.#data.readBigInt64BE(this.#take(8)));
	}

	double(): number {
		return this.#data.readDoubleBE(this.#take(8));
	}

	string(): string {
		const bytes = this.unsigned();
		if (bytes > maximumStringBytes) {
			throw new MalformedData(`A text of ${bytes} bytes is over the limit of ${maximumStringBytes} bytes`);
		}

		const at = this.#take(padTo4(bytes));
		return this.#data.toString('utf8', at, at + bytes);
	}

	optionalString(): string | undefined {
		return this.optional(() => this.string());
	}

	optional<Value>(read: () => Value): Value | undefined {
		const present = this.unsigned();
		if (present > 1) {
			throw new MalformedData(`An optional value starts with ${present}, not with 0 or 1`);
		}

		return present === 1 ? read() : undefined;
	}

	uuid(): string {
		const at = this.#take(16);
		const hex = this.#data.toString('hex', at, at + 16);
		return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
	}

	/** Each item takes 4 bytes at least, so a count that cannot be true is refused before anything is allocated. */
	array<Item>(read: () => Item): Item[] {
		const count = this.unsigned();
		if (count * 4 > this.remaining) {
			throw new MalformedData(`A list of ${count} items cannot be in ${this.remaining} bytes`);
		}

		return Array.from({length: count}, read);
	}

	/** Characters, each of which takes 4 bytes, after their count (XDR's `char name<>`); they end at the first NUL. */
	countedCharacters(): string {
		const count = this.unsigned();
		if (count * 4 > this.remaining) {
			throw new MalformedData(`A text of ${count} characters cannot be in ${this.remaining} bytes`);
		}

		const at = this.#take(count * 4);
		const bytes = Buffer.alloc(count);
		for (let index = 0; index < count; index++) {
			bytes[index] = this.#data[at + index * 4 + 3] ?? 0;
		}

		const end = bytes.indexOf(0);
		return bytes.toString('utf8', 0, end === -1 ? count : end);
	}

	#take(bytes: number): number {
		const at = this.#at;
		if (at + bytes > this.#data.length) {
			throw new MalformedData(`The message ends ${at + bytes - this.#data.length} bytes early`);
		}

		this.#at = at + bytes;
		return at;
	}
}

function padTo4(bytes: number): number {
	return (bytes + 3) & ~3;
}
