import {readMountTable, type KnownMount} from '../../host/mounts/mount-table.ts';

/** The mounts of a container, by its first process; undefined: they are not to be seen, or it has ended, which is told elsewhere. */
export function readTableOf(init: number | undefined): readonly KnownMount[] | undefined {
	try {
		return init === undefined ? undefined : readMountTable(`/proc/${init}`);
	} catch {
		return undefined;
	}
}
