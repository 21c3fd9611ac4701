import {readlinkSync} from 'node:fs';

/** Whether a descriptor of this process is a pipe without a name. */
export function isPlainPipe(descriptor: number): boolean {
	try {
		return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('pipe:[');
	} catch {
		return false;
	}
}
