import {readFileSync} from 'node:fs';
import {parseMountTable, type KnownMount} from '../../host/mounts/mount-table.ts';

/** The mounts of a process of a container; undefined: nobody lets us look, or it has ended, which is told elsewhere. */
export function readTableOf(pid: number | undefined): readonly KnownMount[] | undefined {
	const text = readLinesOf(pid);
	return text === undefined ? undefined : parseMountTable(text);
}

/** The same as the kernel tells them, each character a byte. */
export function readLinesOf(pid: number | undefined): string | undefined {
	try {
		return pid === undefined ? undefined : readFileSync(`/proc/${pid}/mountinfo`, 'latin1');
	} catch {
		return undefined;
	}
}
