import {existsSync} from 'node:fs';
import type {SandboxSpec} from '../../../spec/types.ts';
import {readOrEmpty} from '../../host/files/read-or-empty.ts';
import type {HostMount} from '../../host/mounts/mount-table.ts';

/**
 * How this host counts a container's swap. `together`: memory and swap as one number, which libvirt sets (control groups of
 * version 1). `apart`: by itself (version 2); libvirt 11.3 would set memory and swap there too, which is too much. `none`: not at all.
 */
type SwapCounting = 'together' | 'apart' | 'none';

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

/** How much swap a container may have beside its memory. */
export interface SwapPlan {
	readonly counting: SwapCounting;
	/** Undefined: it has no limit. */
	readonly kib: number | undefined;
	/** Somebody has asked for that: where it cannot be, they are told. */
	readonly isAsked: boolean;
}

/** By default as much as it has memory: without a limit it would have all that the host has. `hasSwap`: what is counted together is limited by libvirt alone, where there is any. */
export function planSwap({swapKiB, memoryKiB}: SandboxSpec['limits'], counting: SwapCounting, hasSwap: () => boolean = hostSwaps): SwapPlan {
	if (swapKiB !== undefined) return {counting, kib: swapKiB, isAsked: true};
	const isLimited = counting === 'apart' || (counting === 'together' && hasSwap());
	return {counting, kib: isLimited ? memoryKiB : undefined, isAsked: false};
}

/** The first line has the names of the columns. */
function hostSwaps(): boolean {
	return readOrEmpty('/proc/swaps').trim().split('\n').length > 1;
}
