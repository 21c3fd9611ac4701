import {spawn} from 'node:child_process';
import {closeSync, constants, openSync} from 'node:fs';
import {Socket} from 'node:net';
import type {Readable} from 'node:stream';
import {ShellError} from '../../../core/errors.ts';
import type {OutputSink} from '../../types.ts';
import {LateWriter} from './late-writer.ts';
import {pumpToSink, pumpToStream, type Pumped} from './pump.ts';

const {O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK, O_NOFOLLOW} = constants;

/** Makes named pipes, mode 0600, all by one child process: Node cannot. */
export function makeFifos(paths: readonly string[], busybox: string | undefined): Promise<void> {
	const [file, first] = busybox === undefined ? ['mkfifo', []] : [busybox, ['mkfifo']];
	return new Promise((resolve, reject) => {
		const child = spawn(file, [...first, '-m', '600', '--', ...paths], {stdio: 'ignore', timeout: 10_000});
		const fail = (cause: unknown): void =>
			reject(new ShellError('failed', 'Cannot make the sandbox’s pipes', {hint: 'Install busybox-static or coreutils', cause}));
		child.once('error', fail);
		child.once('exit', (code, signal) => (code === 0 ? resolve() : fail(new Error(`${file} mkfifo ended with ${code ?? signal}`))));
	});
}

/** The host's end of a FIFO that the guest writes. Its end is real only after `release`. */
interface FifoReader {
	readonly stream: Readable;
	/** Closes our own writer: from now on the guest's last close is the end. Idempotent. */
	release(): void;
}

/** Opens a FIFO for reading without ever blocking, with a writer of our own so that it does not end before the guest came. */
export function openFifoReader(path: string): FifoReader {
	const {fd, release} = openReader(path);
	return {stream: new Socket({fd, readable: true, writable: false}), release};
}

/** The same for what a command writes. With a sink the bytes go there. */
export function openOutputReader(path: string, sink?: OutputSink): FifoReader & Pumped {
	const {fd, release} = openReader(path);
	return {...(sink === undefined ? pumpToStream(fd) : pumpToSink(fd, sink)), release};
}

function openReader(path: string): {readonly fd: number; release(): void} {
	const fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
	let writer: number | undefined = openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
	const release = (): void => {
		if (writer !== undefined) closeSync(writer);
		writer = undefined;
	};
	return {fd, release};
}

/**
 * The host's end of a FIFO that the guest reads. What is written before `connect` waits here.
 * When the guest has closed its end the stream is destroyed without an error: nobody wants what is left.
 */
export class FifoWriter extends LateWriter {
	/** Both ends, and the one to write to. */
	#ends: {readonly holder: number; readonly writer: number} | undefined;

	constructor(path: string) {
		super();
		const holder = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
		this.#ends = {holder, writer: openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW)};
	}

	/** The guest has the FIFO open: only its end counts from now on. */
	connect(): void {
		if (this.#ends === undefined || this.destroyed) return;
		closeSync(this.#ends.holder);
		const socket = new Socket({fd: this.#ends.writer, readable: false, writable: true});
		this.#ends = undefined;
		socket.on('error', () => this.destroy());
		socket.on('close', () => this.destroy());
		this.begin(socket);
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		if (this.#ends !== undefined) for (const fd of Object.values(this.#ends)) closeSync(fd);
		this.#ends = undefined;
		this.socket?.destroy();
		super._destroy(error, callback);
	}
}
