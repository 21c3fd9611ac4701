import {readFileSync} from 'node:fs';
import {ifThere} from '../../host/files/if-there.ts';
import {parseMountTable, type KnownMount} from '../../host/mounts/mount-table.ts';

/** The mounts of a process of a container; undefined: nobody lets us look, or it has ended, which is told elsewhere. */
export function readTableOf(pid: number | undefined): readonly KnownMount[] | undefined {
	const text = readLinesOf(pid);
	return text === undefined ? undefined : parseMountTable(text);
}

/** The same as the kernel tells them, each character a byte. */
export function readLinesOf(pid: number | undefined): string | undefined {
	return pid === undefined ? undefined : ifThere(() => readFileSync(`/proc/${pid}/mountinfo`, 'latin1'));
}
