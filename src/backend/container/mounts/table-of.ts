import {readMountTable, type KnownMount} from '../../host/mounts/mount-table.ts';

/** The mounts of a process of a container; undefined: nobody lets us look, or it has ended, which is told elsewhere. */
export function readTableOf(pid: number | undefined): readonly KnownMount[] | undefined {
	try {
		return pid === undefined ? undefined : readMountTable(`/proc/${pid}`);
	} catch {
		return undefined;
	}
}
