import {once, onceEach} from '../../core/once.ts';
import {networkApplets} from '../guest/network-script.ts';
import {findHostLabels, type HostLabels} from '../labels/host-labels.ts';
import type {KernelPlaces} from '../machine/boot/kernels.ts';
import {findNbdLack} from '../container/images/nbd.ts';
import {findBusybox, requireApplets} from './busybox.ts';
import {readDaemonMounts} from './mounts/daemon-mounts.ts';
import {readMountTable, type KnownMount} from './mounts/mount-table.ts';
import {identifyProcess, type ProcessIdentity} from './process-identity.ts';
import {readAccountFiles, type AccountFiles} from './users.ts';

/** What a plan reads of this host, each part on its first use and then no more: whoever plans often keeps one for as long as it may be out of date. */
export interface HostFacts {
	mountTable(): readonly KnownMount[];
	/** Of the libvirtd behind a URI. */
	daemonMounts(uri: string): readonly KnownMount[];
	/** Where its busybox is. */
	busybox(): string;
	/** The same, and it can set up networks. */
	networkBusybox(): string;
	/** Who is who below a root directory; '' is the host's. */
	accounts(root: string): AccountFiles;
	/** This process. */
	self(): ProcessIdentity | undefined;
	labels(): HostLabels;
	/** Why it has no block devices for images that are not raw. */
	nbdLack(): ReturnType<typeof findNbdLack>;
	/** Its kernels: from openKernelFacts, since containers need none. */
	readonly kernels?: KernelPlaces;
}

/** Facts of this moment; nothing is read yet. */
export function openHostFacts(): HostFacts {
	const busybox = once(findBusybox);
	return {
		mountTable: once(() => readMountTable()),
		daemonMounts: onceEach((uri) => readDaemonMounts(uri)),
		busybox,
		networkBusybox: once(() => requireApplets(busybox(), networkApplets)),
		accounts: onceEach(readAccountFiles),
		self: once(() => identifyProcess('self')),
		labels: once(() => findHostLabels()),
		nbdLack: once(() => findNbdLack()),
	};
}
