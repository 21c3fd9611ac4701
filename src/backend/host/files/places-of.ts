import {closeSync, constants, openSync, readFileSync, readlinkSync} from 'node:fs';
import {once} from '../../../core/once.ts';
import {readMountTable} from '../mounts/mount-table.ts';
import {ifThere} from './if-there.ts';
import {pathOnly} from './open-in-place.ts';

/** The number of the mount that a descriptor of a process is of. */
function mountOf(process: number | 'self', descriptor: number): string | undefined {
	return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/${process}/fdinfo/${descriptor}`, 'latin1'))?.[1];
}

/** A process that has changed its root to a directory is not told of the mount which that lies on. */
function mountOfRoot(process: number | 'self'): string | undefined {
	const root = ifThere(() => openSync(`/proc/${process}/root`, pathOnly | constants.O_DIRECTORY));
	if (root === undefined) return undefined;
	try {
		return mountOf('self', root);
	} finally {
		closeSync(root);
	}
}

/**
 * Where files lie that a process has open, by the numbers of their descriptors. The kernel calls each by its path in the mount namespace
 * that its mount belongs to. Anybody may make one in which another file has a path of ours, and lead others there by a magic link
 * (`/proc/PID/root`): so the name counts only where the mount is one of the process's own. Undefined: it has no place there.
 *
 * The mounts are read once: only what was open by then is to be asked for, since the number of a mount that has gone is given again.
 */
export function placesOf(process: number | 'self'): (descriptor: number) => string | undefined {
	const own = once(() => {
		const seen = readMountTable(`/proc/${process}`).map(({id}) => id);
		return new Set([...seen, mountOfRoot(process)]);
	});
	return (descriptor) => {
		const mount = mountOf(process, descriptor);
		return mount !== undefined && own().has(mount) ? readlinkSync(`/proc/${process}/fd/${descriptor}`) : undefined;
	};
}
