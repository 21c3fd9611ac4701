import {constants, fstatSync, writeSync} from 'node:fs';
import {Socket} from 'node:net';
import {setImmediate, setTimeout} from 'node:timers/promises';
import {isatty} from 'node:tty';
import type {OutputSink} from '../../backend/types.ts';
import {isCode} from '../../core/is-code.ts';
import {reopen} from './descriptors.ts';

/**
 * Opens a descriptor of this process for writing.
 * `signal`: what a terminal has not taken by then is dropped.
 * Files and devices are written at once. Pipes, sockets and terminals never block the process: it has signals to pass on while a reader is slow.
 */
export function openOutputSink(descriptor: number, signal?: AbortSignal): OutputSink {
	const kind = fstatSync(descriptor);
	if (kind.isFIFO() || kind.isSocket()) {
		return openSocketSink(reopen(descriptor, constants.O_WRONLY) ?? descriptor);
	}
	const target = isatty(descriptor) ? (reopen(descriptor, constants.O_WRONLY) ?? descriptor) : descriptor;
	return {write: (chunk) => writeAtOnce(target, chunk, signal)};
}

/** Writes until nothing is left; waits where the descriptor would block. */
function writeAtOnce(descriptor: number, chunk: Uint8Array, signal: AbortSignal | undefined): Promise<void> | undefined {
	const written = writeSome(descriptor, chunk);
	return written === chunk.length ? undefined : writeRest(descriptor, chunk.subarray(written), signal);
}

function writeSome(descriptor: number, chunk: Uint8Array): number {
	let written = 0;
	while (written < chunk.length) {
		try {
			written += writeSync(descriptor, chunk, written);
		} catch (error) {
			if (!isCode(error, 'EAGAIN')) {
				throw error;
			}
			return written;
		}
	}
	return written;
}

async function writeRest(descriptor: number, chunk: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
	let rest = chunk;
	let idle = 0;
	while (rest.length > 0) {
		// Node cannot wait for a terminal to take more without owning it: ask again soon.
		await (idle < 10 ? setImmediate() : setTimeout(1));
		// Whoever wanted that may have written something of its own meanwhile, which has to be the last.
		if (signal?.aborted === true) return;
		const written = writeSome(descriptor, rest);
		rest = rest.subarray(written);
		idle = written > 0 ? 0 : idle + 1;
	}
}

function openSocketSink(descriptor: number): OutputSink {
	const socket = new Socket({fd: descriptor, readable: false, writable: true});
	// Each write hears of its own failure.
	socket.on('error', () => {});
	return {
		write: (chunk) =>
			new Promise((resolve, reject) => {
				socket.write(chunk, (error) => (error ? reject(error) : resolve()));
			}),
	};
}
