import type {ChildProcessWithoutNullStreams} from 'node:child_process';
import {Duplex} from 'node:stream';
import type {ProcessEnd} from './ssh-failure.ts';

/** Standard error is kept to this size: its last words. */
const keptErrorBytes = 16_384;

/** How long an ended process may go on having its pipes open through somebody else, and a process without output may live. */
const graceMs = 500;

/** How long a process may take to end once it was asked to. */
const killMs = 1000;

/**
 * The standard input and output of a child process as one stream. It ends when the process does, in order or with what `explain` makes of
 * the end; when it is destroyed, the process is ended.
 */
export class ProcessStream extends Duplex {
	readonly #child: ChildProcessWithoutNullStreams;
	readonly #explain: (end: ProcessEnd) => Error | undefined;
	#stderr = '';
	#done = false;

	constructor(
		child: ChildProcessWithoutNullStreams,
		options: {readonly explain: (end: ProcessEnd) => Error | undefined; readonly onErrorText?: (text: string) => void},
	) {
		super({allowHalfOpen: false});
		this.#child = child;
		this.#explain = options.explain;
		child.stdout.on('data', (chunk: Buffer) => {
			if (!this.push(chunk)) {
				child.stdout.pause();
			}
		});
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			this.#stderr = `${this.#stderr}${text}`.slice(-keptErrorBytes);
			options.onErrorText?.(text);
		});
		// Faults of the pipes are told by the end of the process, which knows more.
		for (const pipe of [child.stdin, child.stdout, child.stderr]) {
			pipe.on('error', () => this.#endSoon());
		}

		child.stdout.once('end', () => this.#endSoon());
		child.once('exit', () => this.#endSoon());
		child.once('close', () => this.#finish());
	}

	override _read(): void {
		this.#child.stdout.resume();
	}

	override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
		this.#child.stdin.write(chunk, (error) => this.#written(error, callback));
	}

	override _writev(chunks: ReadonlyArray<{readonly chunk: Buffer}>, callback: (error?: Error | null) => void): void {
		const {stdin} = this.#child;
		stdin.cork();
		for (const [index, {chunk}] of chunks.entries()) {
			stdin.write(chunk, index === chunks.length - 1 ? (error) => this.#written(error, callback) : undefined);
		}

		stdin.uncork();
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		this.#done = true;
		const child = this.#child;
		child.stdin.destroy();
		child.stdout.destroy();
		child.stderr.destroy();
		if (isAlive(child)) {
			child.kill('SIGTERM');
			const timer = setTimeout(() => child.kill('SIGKILL'), killMs);
			timer.unref();
			child.once('exit', () => clearTimeout(timer));
		}

		callback(error);
	}

	/** A failed write is not called back: the stream is about to end with a better error. */
	#written(error: Error | null | undefined, callback: () => void): void {
		if (error) {
			this.#endSoon();
		} else {
			callback();
		}
	}

	#endSoon(): void {
		if (!this.#done) {
			setTimeout(() => this.#finish(), graceMs).unref();
		}
	}

	#finish(): void {
		if (this.#done) {
			return;
		}

		this.#done = true;
		const {exitCode, signalCode} = this.#child;
		const error = this.#explain({status: exitCode ?? (signalCode === null ? 0 : null), signal: signalCode, stderr: this.#stderr});
		if (error === undefined) {
			this.push(null);
		} else {
			this.destroy(error);
		}
	}
}

function isAlive({exitCode, signalCode}: ChildProcessWithoutNullStreams): boolean {
	return exitCode === null && signalCode === null;
}
