import {closeSync, openSync, readFileSync, readSync} from 'node:fs';

/** Bytes of the kernel's random source, in hexadecimal. Node's own crypto, which takes the same ones, would cost every start 4 ms. */
export function randomHex(bytes: number): string {
	const descriptor = openSync('/dev/urandom', 'r');
	try {
		const buffer = Buffer.alloc(bytes);
		if (readSync(descriptor, buffer) !== bytes) throw new Error('/dev/urandom gave too few bytes');
		return buffer.toString('hex');
	} finally {
		closeSync(descriptor);
	}
}

/** A UUID of random bits (version 4), made by the kernel where that is to be seen. */
export function randomUuid(): string {
	try {
		return readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trimEnd();
	} catch {
		// A service may see nothing of the kernel in /proc.
		return process.getBuiltinModule('node:crypto').randomUUID();
	}
}

/** A number from 0 on and below this one, which is so small beside 2^48 that none comes oftener than others. */
export function randomBelow(limit: number): number {
	return Number.parseInt(randomHex(6), 16) % limit;
}
