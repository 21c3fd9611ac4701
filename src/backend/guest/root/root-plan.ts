import type {SandboxSpec} from '../../../spec/types.ts';
import type {LooseCover} from './cover-closed.ts';
import type {PlannedTree} from './guest-tree.ts';

export type {GuestMount, SkeletonEntry} from './guest-tree.ts';

/** The file system of a container, as it is to be put together. */
export interface RootPlan extends PlannedTree {
	/** Host mounts that the guest does not see, though it sees the directory they are on. */
	readonly hidden: readonly string[];
	/** What is covered once all is mounted, by no path that others could lead elsewhere. */
	readonly loose: readonly LooseCover[];
}

/** Where the guest has the FIFOs and the init. */
export const ioTarget = '/run/sandbox';
/** The init's busybox, there. */
export const busyboxFile = 'busybox';
/**
 * What root may write to below /proc without any capability, so that it would reach the host's kernel, or, by settings of its own network,
 * others on that; of /proc/sys libvirt leaves these two writable.
 */
export const kernelSettings = 'acpi asound bus dynamic_debug fs irq latency_stats mtrr pressure scsi sys/net/ipv4 sys/net/ipv6 sysrq-trigger timer_stats'
	.split(' ')
	.map((name) => `/proc/${name}`);

/** Prefix of the guest's root on the host, of a settled spec. */
export function rootBase({root}: Pick<SandboxSpec, 'root'>): string {
	return root === '/' ? '' : root;
}
