import {Duplex} from 'node:stream';
import {setTimeout as wait} from 'node:timers/promises';
import {onceOver} from '../../core/stream-ends.ts';

/** Between two tries to join a console again, in ms; they go on for as long as the sandbox does, since a libvirtd may be away for long. */
const againMs = 500;

/** What was on its way through a libvirtd that was killed is lost: whoever reads sees where. */
const gap = Buffer.from('\r\n[libvirtd was away: some of what was said here may be missing]\r\n');

interface LastingOptions {
	/** Opens the console. */
	readonly open: () => Promise<Duplex>;
	/** Whether its sandbox is ending: then nobody joins it any more. */
	readonly isEnding: () => boolean;
}

/** A console of a sandbox that outlives a libvirtd: it is joined again when that is back, or the command would be held up for ever once the terminal is full. */
export class LastingConsole extends Duplex {
	readonly #options: LastingOptions;
	#current: Duplex | undefined;
	/** What was typed while nobody could take it. */
	#waiting: (() => void) | undefined;

	constructor(first: Duplex, options: LastingOptions) {
		super({allowHalfOpen: false});
		this.#options = options;
		this.#follow(first);
	}

	override _read(): void {
		this.#current?.resume();
	}

	override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
		if (this.#current === undefined) {
			this.#waiting = () => this._write(chunk, encoding, callback);
			return;
		}
		this.#current.write(chunk, encoding, () => callback());
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.#current?.destroy();
		callback(error);
	}

	#follow(console: Duplex): void {
		this.#current = console;
		console.on('error', () => undefined);
		console.on('data', (chunk: Buffer) => {
			if (!this.push(chunk)) console.pause();
		});
		onceOver(console, () => {
			this.#current = undefined;
			if (this.#options.isEnding()) this.push(null);
			else void this.#rejoin();
		});
		this.#waiting?.();
		this.#waiting = undefined;
	}

	async #rejoin(): Promise<void> {
		for (;;) {
			await wait(againMs);
			if (this.destroyed) return;
			if (this.#options.isEnding()) {
				this.push(null);
				return;
			}
			const console = await this.#options.open().catch(() => undefined);
			if (console === undefined) continue;
			if (this.destroyed || this.#options.isEnding()) {
				console.destroy();
				continue;
			}
			this.push(gap);
			this.#follow(console);
			return;
		}
	}
}
