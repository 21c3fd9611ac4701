import {existsSync} from 'node:fs';
import type {SandboxSpec} from '../../../spec/types.ts';
import {fileSystemModules} from '../../guest/image/file-systems.ts';
import type {ShareTransport} from '../domain/layout.ts';
import type {MachineRoot} from '../root/machine-root.ts';
import {hasModule} from './kernel-modules.ts';
import {chooseKernel, type ChosenKernel, type KernelNeed, type KernelPlaces} from './kernels.ts';

/** Names of modules that the guest loads. */
export interface MachineModules {
	/** On every start. */
	readonly always: readonly string[];
	/** For what this run has. */
	readonly run: readonly string[];
	/** By type of file system, when an image may hold it. */
	readonly fileSystems: Readonly<Record<string, readonly string[]>>;
}

const virtiofsdPlaces = ['/usr/libexec/virtiofsd', '/usr/lib/virtiofsd', '/usr/lib/qemu/virtiofsd', '/usr/bin/virtiofsd'];

/**
 * A kernel, and the way by which the guest gets the host's directories: virtiofs where we are root and libvirtd is, else 9p; the second one too
 * where there is no virtiofsd, or no kernel has the first.
 */
export function chooseKernelAndTransport(
	spec: SandboxSpec,
	root: MachineRoot,
	{isRoot, places}: {readonly isRoot: boolean; readonly places: KernelPlaces},
): {readonly kernel: ChosenKernel; readonly transport: ShareTransport; readonly reason: string} {
	const needs: KernelNeed[] = [
		{module: 'virtio_pci', purpose: 'to talk to QEMU (virtio_pci)'},
		{module: 'virtio_console', purpose: 'to talk to the host (virtio_console)'},
	];
	if (root.disks.length > 0) needs.push({module: 'virtio_blk', purpose: 'to read disks (virtio_blk)'});
	if (spec.networks.length > 0) needs.push({module: 'virtio_net', purpose: 'to use a network (virtio_net)'});
	if (root.hasOverlay) needs.push({module: 'overlay', purpose: 'to make an overlay'});
	const [onlyType] = root.fileSystems.length === 1 ? root.fileSystems : [];
	if (onlyType !== undefined) needs.push({module: fileSystemModules(onlyType)[0] ?? onlyType, purpose: `to mount ${onlyType}`});

	const virtiofsd = virtiofsdPlaces.find((path) => existsSync(path));
	const why9p = !isRoot ? 'virtiofsd needs root' : virtiofsd === undefined ? 'there is no virtiofsd' : 'no kernel has virtiofs';
	const choices: Array<{readonly transport: ShareTransport; readonly module: string; readonly reason: string}> = [
		...(isRoot && virtiofsd !== undefined ? [{transport: {type: 'virtiofs', virtiofsd}, module: 'virtiofs', reason: 'there is virtiofsd'} as const] : []),
		{transport: {type: '9p'}, module: '9pnet_virtio', reason: why9p},
	];
	let fault: unknown;
	for (const {transport, module, reason} of choices) {
		const need = {module, purpose: `to share directories by ${transport.type}`};
		try {
			return {kernel: chooseKernel(spec.kernel, [need, ...needs], places), transport, reason};
		} catch (error) {
			fault ??= error;
		}
	}
	throw fault;
}

/** The modules of a kernel that a run needs. */
export function chooseModules(spec: SandboxSpec, root: MachineRoot, {modules}: ChosenKernel, transport: ShareTransport): MachineModules {
	const present = (names: readonly string[]): string[] => names.filter((name) => hasModule(modules, name));
	const run = [
		...(root.disks.length > 0 ? ['virtio_blk'] : []),
		...(spec.networks.length > 0 ? present(['virtio_net', 'af_packet']) : []),
		...(root.hasOverlay ? ['overlay'] : []),
	];
	const fileSystems: Record<string, readonly string[]> = {};
	for (const type of root.fileSystems) fileSystems[type] = present(fileSystemModules(type));
	return {
		always: present(['virtio_pci', 'virtio_console', 'virtio_rng', ...(transport.type === 'virtiofs' ? ['virtiofs'] : ['9pnet_virtio', '9p'])]),
		run,
		fileSystems,
	};
}
