import {readFileSync, readlinkSync} from 'node:fs';
import {readMountTable} from './mount-table.ts';
import {once} from './once.ts';

/**
 * Where files lie that a process has open, by the numbers of their descriptors. The kernel calls each by its path in the mount namespace
 * that its mount belongs to. Anybody may make one in which another file has a path of ours, and lead others there by a magic link
 * (`/proc/PID/root`): so the name counts only where the mount is one of the process's own. Undefined: it has no place there.
 *
 * The mounts are read once: only what was open by then is to be asked for, since the number of a mount that has gone is given again.
 */
export function placesOf(process: number | 'self'): (descriptor: number) => string | undefined {
	const own = once(() => new Set(readMountTable(readFileSync(`/proc/${process}/mountinfo`, 'latin1')).map(({id}) => id)));
	return (descriptor) => {
		const mount = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/${process}/fdinfo/${descriptor}`, 'latin1'))?.[1];
		return mount !== undefined && own().has(mount) ? readlinkSync(`/proc/${process}/fd/${descriptor}`) : undefined;
	};
}
