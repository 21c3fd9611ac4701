import {formatNetwork} from '../../../spec/parse-network.ts';
import type {Network, SandboxSpec} from '../../../spec/types.ts';
import {element, type Cause, type Element} from '../../xml/element.ts';
import {makeIdentity, makeInterface, makeLifecycle, makeSizes, makeTuning} from '../common.ts';
import {makeMetadata} from '../metadata.ts';
import type {MachineChannel, MachineDisk, MachineLayout, MachineShare} from './layout.ts';

const backend = (text: string): Cause => ({kind: 'backend', text});

/** Machine types to use by architecture; others get libvirt's default. */
const machineTypes: Readonly<Record<string, string>> = {x86_64: 'q35', aarch64: 'virt'};

/** The domain of a machine: a spec, on what was laid out for it on the host, as the document that libvirt's QEMU driver starts. */
export function makeMachineDomain(spec: SandboxSpec, layout: MachineLayout): Element {
	return element(
		'domain',
		{type: layout.domainType},
		[
			...makeIdentity(spec, layout.name, layout.uuid),
			makeMetadata(layout.metadata),
			...makeSizes(spec.limits),
			layout.transport.type === 'virtiofs' && makeSharedMemory(),
			...makeTuning(spec.limits),
			makeBoot(layout),
			element('features', {}, layout.arch === 'x86_64' ? [element('acpi'), element('apic')] : [element('acpi')]),
			layout.domainType === 'kvm' && element('cpu', {mode: 'host-passthrough'}, [], layout.accelCause),
			element('clock', {offset: 'utc'}, [], backend("the guest's clock is right")),
			...makeLifecycle(),
			element('devices', {}, [
				...layout.disks.map(makeDisk),
				element('controller', {type: 'usb', model: 'none'}, [], {kind: 'default', text: 'default: no USB in a sandbox'}),
				...layout.shares.map((share) => makeShare(share, layout)),
				...spec.networks.map((network) => makeNetwork(network, layout)),
				element(
					'serial',
					{type: 'unix'},
					[element('source', {mode: 'connect', path: layout.bootLog}), element('target', {port: 0})],
					backend('the boot log'),
				),
				...layout.consoles.map(makeConsole),
				...layout.channels.map(makeChannel),
				element('memballoon', {model: 'none'}, [], {kind: 'default', text: 'default: no memory balloon in a sandbox'}),
				element('rng', {model: 'virtio'}, [element('backend', {model: 'random'}, ['/dev/urandom'])], {
					kind: 'default',
					text: "default: random numbers from the host's generator",
				}),
			]),
			...(layout.seclabels ?? []),
		],
		layout.accelCause,
	);
}

function makeSharedMemory(): Element {
	return element(
		'memoryBacking',
		{},
		[element('source', {type: 'memfd'}), element('access', {mode: 'shared'})],
		backend('virtiofsd reads and writes the memory of the guest'),
	);
}

function makeBoot({arch, kernel, kernelCause, initrd, commandLine, firmware}: MachineLayout): Element {
	return element(
		'os',
		{},
		[
			element('type', {arch, machine: machineTypes[arch]}, ['hvm']),
			firmware !== undefined && element('loader', {type: 'rom'}, [firmware], backend('a firmware that only boots kernels')),
			element('kernel', {}, [kernel], kernelCause),
			element('initrd', {}, [initrd], backend("busybox, the kernel's modules and the sandbox's init")),
			element('cmdline', {}, [commandLine], backend('a short boot')),
		],
		backend("a kernel of the host with the sandbox's own init"),
	);
}

/** The name of the disk's node in the guest's /dev: vda, vdb, …, vdz, vdaa. */
export function machineDiskName(index: number): string {
	const letter = String.fromCharCode(97 + (index % 26));
	return index < 26 ? `vd${letter}` : `${machineDiskName(Math.floor(index / 26) - 1)}${letter}`;
}

function makeDisk(disk: MachineDisk, index: number): Element {
	return element(
		'disk',
		{type: 'file', device: 'disk'},
		[
			element('driver', {name: 'qemu', type: disk.format}),
			element('source', {file: disk.source}),
			element('target', {dev: machineDiskName(index), bus: 'virtio'}),
			disk.readonly && element('readonly'),
			element('serial', {}, [disk.serial]),
		],
		disk.cause,
	);
}

function makeShare(share: MachineShare, {transport, isSession}: MachineLayout): Element {
	const {tag, source, readonly, cause} = share;
	const places = [element('source', {dir: source}), element('target', {dir: tag}), readonly && element('readonly')];
	switch (transport.type) {
		case 'virtiofs':
			return element(
				'filesystem',
				{type: 'mount', accessmode: 'passthrough'},
				[
					element('driver', {type: 'virtiofs', queue: 1024}),
					// Its other way, pivot_root, is refused where the root is an initramfs or a chroot.
					element('binary', {path: transport.virtiofsd}, [element('sandbox', {mode: 'chroot'})]),
					...places,
				],
				cause,
			);
		case '9p':
			// Squash: an ordinary user's QEMU can give no file another owner, and says so to nobody.
			return element(
				'filesystem',
				{type: 'mount', accessmode: isSession ? 'squash' : 'passthrough', multidevs: 'remap'},
				[element('driver', {type: 'path'}), ...places],
				cause,
			);
		default:
			return transport satisfies never;
	}
}

function makeNetwork(network: Network, {userNetwork}: MachineLayout): Element {
	if (network.source !== undefined || userNetwork === undefined) {
		const made = makeInterface(network);
		return {...made, children: [...made.children, element('model', {type: 'virtio'})]};
	}
	return element(
		'interface',
		{type: 'user'},
		[
			network.mac !== undefined && element('mac', {address: network.mac}),
			element('model', {type: 'virtio'}),
			userNetwork === 'passt' && element('backend', {type: 'passt'}),
		],
		{kind: 'option', text: `network ${formatNetwork(network)}`},
	);
}

function makeConsole({socket, cause}: Omit<MachineChannel, 'name'>, index: number): Element {
	return element(
		'console',
		{type: 'unix'},
		[element('source', {mode: 'connect', path: socket}), element('target', {type: 'virtio', port: index + 1})],
		cause,
	);
}

function makeChannel({name, socket, reconnects, cause}: MachineChannel): Element {
	const reconnect = reconnects === true ? [element('reconnect', {enabled: 'yes', timeout: 1})] : [];
	const source = element('source', {mode: 'connect', path: socket}, reconnect);
	return element('channel', {type: 'unix'}, [source, element('target', {type: 'virtio', name})], cause);
}
