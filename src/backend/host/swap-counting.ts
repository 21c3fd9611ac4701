import {existsSync} from 'node:fs';
import type {HostMount} from './mounts/mount-table.ts';
import {readOrEmpty} from './files/read-or-empty.ts';

/**
 * How this host counts a container's swap. `together`: memory and swap as one number, which libvirt sets (control groups of
 * version 1). `apart`: by itself (version 2); libvirt 11.3 would set memory and swap there too, which is too much. `none`: not at all.
 */
export type SwapCounting = 'together' | 'apart' | 'none';

/** `exists` and `read`: of the host's files; a test gives others. */
export function findSwapCounting(
	mounts: readonly HostMount[],
	exists: (path: string) => boolean = existsSync,
	read: (path: string) => string = readOrEmpty,
): SwapCounting {
	const first = mounts.find(({fileSystem, options}) => fileSystem === 'cgroup' && options.includes('memory'));
	if (first !== undefined) return exists(`${first.mountPoint}/memory.memsw.limit_in_bytes`) ? 'together' : 'none';
	const second = mounts.find(({fileSystem}) => fileSystem === 'cgroup2');
	return second !== undefined && /\bmemory\b/.test(read(`${second.mountPoint}/cgroup.controllers`)) ? 'apart' : 'none';
}
