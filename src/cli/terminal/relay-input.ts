import {constants, createReadStream, fstatSync, openSync} from 'node:fs';
import {Socket} from 'node:net';
import type {Readable, Writable} from 'node:stream';
import {ReadStream, isatty} from 'node:tty';

/** What the reader of a descriptor can do besides reading. */
export interface InputRelay {
	/** Stops reading, so that the process can end; what was not read stays where it is. */
	stop(): void;
}

/**
 * Feeds a descriptor of this process to a command, no faster than it takes it, and passes on the end of input.
 * A descriptor that cannot be read (a directory, one open for writing) is told to `onFault`, and is the end of input.
 */
export function relayInput(descriptor: number, target: Writable, onFault: (error: Error) => void): InputRelay {
	let source: Readable;
	try {
		source = openInput(descriptor);
	} catch (error) {
		onFault(error instanceof Error ? error : new Error(String(error)));
		target.end();
		return {stop: () => {}};
	}
	const stop = (): void => {
		source.destroy();
	};
	source.on('data', (chunk: Uint8Array) => {
		if (!target.write(chunk)) {
			source.pause();
		}
	});
	target.on('drain', () => source.resume());
	source.on('end', () => target.end());
	source.on('error', (error) => {
		target.end();
		onFault(error);
	});
	// The command has closed its input, or has ended: that is no fault, its other streams go on.
	target.on('error', stop);
	target.on('close', stop);
	return {stop};
}

function openInput(descriptor: number): Readable {
	const kind = fstatSync(descriptor);
	if (isatty(descriptor)) {
		return new ReadStream(descriptor);
	}
	if (kind.isFIFO() || kind.isSocket()) {
		return new Socket({fd: reopen(descriptor) ?? descriptor, readable: true, writable: false});
	}
	return createReadStream('', {fd: descriptor, autoClose: false});
}

/** A descriptor of our own on the same pipe, so that O_NONBLOCK does not reach the processes that share the first one. */
function reopen(descriptor: number): number | undefined {
	try {
		return openSync(`/proc/self/fd/${descriptor}`, constants.O_RDONLY | constants.O_NONBLOCK);
	} catch {
		return undefined;
	}
}
