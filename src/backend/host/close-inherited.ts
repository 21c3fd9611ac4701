import {closeSync, readdirSync} from 'node:fs';
import {readOrEmpty} from './files/read-or-empty.ts';

/** O_CLOEXEC, as /proc shows it, on every architecture that Node runs on. */
const closeOnExec = 0o2000000n;

/** Closes the descriptors above 2 that this process was born with. */
export function closeInherited(): void {
	for (const fd of listInherited()) closeSync(fd);
}

/** The descriptors above 2 that this process was born with and hands on. Node's own end at an exec, so one that does not is the caller's. */
export function listInherited(): number[] {
	return readdirSync('/proc/self/fd')
		.map(Number)
		.filter((fd) => fd > 2 && isInherited(fd));
}

function isInherited(fd: number): boolean {
	// Undefined: it was that of the directory's own list.
	const flags = /^flags:\s*([0-7]+)$/m.exec(readOrEmpty(`/proc/self/fdinfo/${fd}`))?.[1];
	return flags !== undefined && (BigInt(`0o${flags}`) & closeOnExec) === 0n;
}
