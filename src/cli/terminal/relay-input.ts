import {closeSync, constants, fstatSync, read, readSync} from 'node:fs';
import {Socket} from 'node:net';
import type {Writable} from 'node:stream';
import {ReadStream, isatty} from 'node:tty';
import {isPlainPipe, reopen} from './descriptors.ts';

/** What is read at once, in bytes: as much as a pipe holds. */
const bufferSize = 65_536;

/** What the reader of a descriptor can do besides reading. */
interface InputRelay {
	/** Stops reading, so that the process can end; what was not read stays where it is. */
	stop(): void;
}

/**
 * Feeds a descriptor of this process to a command, no faster than it takes it, from one fixed buffer, and passes on the end of input.
 * A read that fails is no end of input, and told to `onFault`: the command would take half of something for all of it. One that is not
 * open for reading (nohup gives such a one) is told to `onNone`, and has nothing in it.
 */
export function relayInput(descriptor: number, target: Writable, {onFault, onNone}: InputFaults): InputRelay {
	const fail = (error: Error): void => {
		relay.stop();
		if ('code' in error && error.code === 'EBADF') {
			target.end();
			onNone(error);
		} else {
			onFault(error);
		}
	};
	// What is there belongs to whoever reads it next.
	if (target.destroyed) return {stop: () => undefined};
	const buffer = Buffer.allocUnsafe(bufferSize);
	const kind = fstatSync(descriptor);
	const relay =
		kind.isFIFO() || kind.isSocket()
			? relaySocket(descriptor, target, {buffer, onFault: fail})
			: isatty(descriptor)
				? relayTerminal(descriptor, target, {onFault: fail})
				: relayFile(descriptor, target, {buffer, onFault: fail});
	// The command has closed its input, or has ended: that is no fault, its other streams go on.
	target.on('error', relay.stop);
	target.on('close', relay.stop);
	return relay;
}

interface InputFaults {
	onFault(error: Error): void;
	onNone(error: Error): void;
}

interface Means {
	readonly buffer: Buffer;
	onFault(error: Error): void;
}

function relaySocket(descriptor: number, target: Writable, {buffer, onFault}: Means): InputRelay {
	const fd = reopen(descriptor, constants.O_RDONLY) ?? descriptor;
	if (fd !== descriptor && !isPlainPipe(descriptor) && takeWaiting(fd, target) === 'ended') {
		closeSync(fd);
		return {stop: () => undefined};
	}
	const source = new Socket({
		fd,
		readable: true,
		writable: false,
		// Else its end would shut down the other direction too, and standard output may be the same socket.
		allowHalfOpen: true,
		onread: {
			buffer,
			callback(length) {
				// The buffer is free again once the command's pipe has the bytes.
				target.write(buffer.subarray(0, length), (error) => {
					if (!error) {
						source.resume();
					}
				});
				return false;
			},
		},
	});
	source.on('end', () => target.end());
	source.on('error', onFault);
	source.resume();
	return {stop: () => void source.destroy()};
}

/** Most that a pipe holds, in bytes. */
const fullPipe = 1 << 20;

/** Passes on what waits in a FIFO. One that was opened anew after its last writer had gone tells its end to whoever reads, not to whoever waits. */
function takeWaiting(descriptor: number, target: Writable): 'ended' | 'open' {
	try {
		for (let taken = 0; taken < fullPipe;) {
			const buffer = Buffer.allocUnsafe(bufferSize);
			const length = readSync(descriptor, buffer);
			if (length === 0) {
				target.end();
				return 'ended';
			}
			target.write(buffer.subarray(0, length));
			taken += length;
		}
	} catch {
		// EAGAIN: somebody may write more. Other faults come up again.
	}
	return 'open';
}

/** A terminal, while the command has pipes: lines, as the terminal gives them. */
function relayTerminal(descriptor: number, target: Writable, {onFault}: Pick<Means, 'onFault'>): InputRelay {
	const source = new ReadStream(descriptor);
	source.on('data', (chunk: Buffer) => {
		if (!target.write(chunk)) {
			source.pause();
		}
	});
	target.on('drain', () => source.resume());
	source.on('end', () => target.end());
	source.on('error', onFault);
	return {stop: () => void source.destroy()};
}

function relayFile(descriptor: number, target: Writable, {buffer, onFault}: Means): InputRelay {
	let stopped = false;
	const next = (): void => {
		if (stopped) {
			return;
		}
		read(descriptor, buffer, 0, buffer.length, null, (error, length) => {
			if (stopped) {
				return;
			}
			if (error !== null) {
				onFault(error);
				return;
			}
			if (length === 0) {
				target.end();
				return;
			}
			target.write(buffer.subarray(0, length), (failure) => {
				if (!failure) {
					next();
				}
			});
		});
	};
	next();
	return {stop: () => void (stopped = true)};
}
