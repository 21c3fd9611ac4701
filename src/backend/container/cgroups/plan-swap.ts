import type {SandboxSpec} from '../../../spec/types.ts';
import {readOrEmpty} from '../../host/files/read-or-empty.ts';
import type {SwapCounting} from '../../host/swap-counting.ts';

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
