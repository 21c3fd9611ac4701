import {Transform, type TransformCallback} from 'node:stream';
import {lostOutput} from '../../../core/lost-output.ts';
import {randomHex} from '../../host/random.ts';

/** A token that a session writes to its terminal when its command has ended. Its first byte is one that ordinary text does not have, so nothing typed has to wait. */
export function makeEndMark(): string {
	return `\u0001${randomHex(16)}`;
}

/** Passes a terminal's bytes on until the mark, which it takes out; then, or after `finish`, it ends. Whatever else ends it is a fault. */
export class EndMarkFilter extends Transform {
	readonly #mark: Buffer;
	#held: Buffer = Buffer.alloc(0);
	#isDone = false;
	#hasMark = false;
	readonly #onData: () => void;

	constructor(mark: string, onData: () => void = () => undefined) {
		super();
		this.#onData = onData;
		// Whoever reads it hears of a fault; it may come before anybody does.
		this.on('error', () => undefined);
		this.#mark = Buffer.from(mark, 'latin1');
	}

	/** The mark has come: nothing is left of the session. */
	get hasMark(): boolean {
		return this.#hasMark;
	}

	/** What was written waits for whoever reads. */
	get isHeldUp(): boolean {
		return this.writableLength > 0;
	}

	/** No mark will come any more, and why is told elsewhere. */
	finish(): void {
		if (this.#isDone) return;
		this.#release();
		this.push(null);
	}

	/** The mark should have come. */
	lose(error = lostOutput()): void {
		if (this.#isDone) return;
		this.#release();
		this.destroy(error);
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
		this.#onData();
		if (this.#isDone) {
			callback();
			return;
		}
		const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
		const at = data.indexOf(this.#mark);
		if (at >= 0) {
			this.#isDone = true;
			this.#hasMark = true;
			if (at > 0) this.push(data.subarray(0, at));
			this.push(null);
			callback();
			return;
		}
		const keep = this.#partialLength(data);
		this.#held = data.subarray(data.length - keep);
		if (data.length > keep) this.push(data.subarray(0, data.length - keep));
		callback();
	}

	override _flush(callback: TransformCallback): void {
		if (this.#isDone) {
			callback();
			return;
		}
		this.#release();
		callback(lostOutput());
	}

	#release(): void {
		this.#isDone = true;
		if (this.#held.length > 0) this.push(this.#held);
	}

	/** How many last bytes may be the mark's beginning. */
	#partialLength(data: Buffer): number {
		const first = this.#mark[0] ?? 0;
		const from = Math.max(0, data.length - this.#mark.length + 1);
		for (let at = data.indexOf(first, from); at >= 0; at = data.indexOf(first, at + 1)) {
			if (data.subarray(at).equals(this.#mark.subarray(0, data.length - at))) return data.length - at;
		}
		return 0;
	}
}
