import {fstatSync} from 'node:fs';

/** Whether two descriptors of this process lead to one file, pipe, socket or terminal. */
export function areOneFile(first: number, second: number): boolean {
	try {
		const [a, b] = [fstatSync(first), fstatSync(second)];
		return a.dev === b.dev && a.ino === b.ino;
	} catch {
		return false;
	}
}
