import {constants, fstatSync, openSync, readlinkSync} from 'node:fs';

/** Whether two descriptors of this process lead to one file, pipe, socket or terminal. */
export function areOneFile(first: number, second: number): boolean {
	try {
		const [a, b] = [fstatSync(first), fstatSync(second)];
		return a.dev === b.dev && a.ino === b.ino;
	} catch {
		return false;
	}
}

/** Whether a descriptor of this process is a pipe without a name. */
export function isPlainPipe(descriptor: number): boolean {
	try {
		return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('pipe:[');
	} catch {
		return false;
	}
}

/**
 * A descriptor of our own on the same pipe or terminal, so that O_NONBLOCK does not reach the processes that share the first one.
 * `access`: for reading or for writing. Undefined: a socket, or not ours to open.
 */
export function reopen(descriptor: number, access: number): number | undefined {
	try {
		return openSync(`/proc/self/fd/${descriptor}`, access | constants.O_NONBLOCK | constants.O_NOCTTY);
	} catch {
		return undefined;
	}
}
