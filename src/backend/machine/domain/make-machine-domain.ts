import {mayLeadOn} from '../../../spec/image-formats.ts';
import {formatNetwork} from '../../../spec/parse/parse-network.ts';
import type {Network, SandboxSpec} from '../../../spec/types.ts';
import {element, type Cause, type Element} from '../../xml/element.ts';
import {makeIdentity, makeInterface, makeLifecycle, makeSizes, makeTuning} from '../../domain/common.ts';
import {makeMetadata} from '../../domain/metadata.ts';
import type {MachineChannel, MachineDisk, MachineLayout, MachineShare} from './layout.ts';

const backend = (text: string): Cause => ({kind: 'backend', text});

/** Namespace of what libvirt's QEMU driver adds to a domain. */
const qemuUri = 'http://libvirt.org/schemas/domain/qemu/1.0';

/** The domain of a machine: a spec, on what was laid out for it on the host, as the document that libvirt's QEMU driver starts. */
export function makeMachineDomain(spec: SandboxSpec, layout: MachineLayout): Element {
	const onRootBus = rootBusPlacer();
	return element(
		'domain',
		{type: layout.domainType, 'xmlns:qemu': qemuUri},
		[
			...makeIdentity(spec, layout.name, layout.uuid),
			makeMetadata(layout.metadata),
			...makeSizes(spec.limits),
			layout.tree !== undefined && makeSharedMemory(),
			...(layout.canTune ? makeTuning(spec.limits, {period: 'global_period', quota: 'global_quota'}) : []),
			makeBoot(layout),
			element('features', {}, [element('acpi'), element('apic')]),
			makeCpu(layout),
			element(
				'clock',
				{offset: 'utc'},
				[element('timer', {name: 'hpet', present: 'no'}, [], backend('a guest has quicker timers, and an emulated one oversleeps with this one'))],
				backend("the guest's clock is right"),
			),
			...makeLifecycle(),
			element('devices', {}, [
				// In the first slot: so it is the guest's first device of virtio, by whose number the initramfs names its ports.
				onRootBus(element('controller', {type: 'virtio-serial', index: 0}, [], backend('ports'))),
				element('controller', {type: 'usb', model: 'none'}, [], {kind: 'default', text: 'default: no USB in a sandbox'}),
				...layout.disks.map((disk, index) => onRootBus(makeDisk(disk, index, layout))),
				layout.tree !== undefined && onRootBus(makeTree(layout.tree)),
				...onRootBus.together(layout.shares.map((share) => makeShare(share, layout))),
				...spec.networks.map((network) => onRootBus(makeNetwork(network, layout))),
				element(
					'serial',
					{type: 'unix'},
					[element('source', {mode: 'connect', path: layout.bootLog}), element('target', {port: 0})],
					backend('the boot log'),
				),
				...layout.channels.map((channel, index) => makeChannel(channel, index + 1)),
				element('memballoon', {model: 'none'}, [], {kind: 'default', text: 'default: no memory balloon in a sandbox'}),
				onRootBus(
					element('rng', {model: 'virtio'}, [element('backend', {model: 'random'}, ['/dev/urandom'])], {
						kind: 'default',
						text: "default: random numbers from the host's generator",
					}),
				),
			]),
			...(layout.seclabels ?? []),
			makeShortQueries(),
		],
		layout.accelCause,
	);
}

/** Slots of q35's root bus that are free for us; libvirt has use for the first, the last is the chipset's. */
const rootBusSlots = {first: 2, last: 0x1e};
/** Devices that one slot holds. */
const slotFunctions = 8;

interface Placer {
	/** Gives a device a slot. */
	(device: Element): Element;
	/** Gives devices of which there may be many as few slots as they need. */
	together(devices: readonly Element[]): Element[];
}

/**
 * Gives devices slots of their own on the root bus, as far as there are any. Left to itself libvirt puts each behind a port of its
 * own, as for devices that come and go, and a guest looks at every one of those while it boots.
 */
function rootBusPlacer(): Placer {
	let slot = rootBusSlots.first;
	const placed = (device: Element, at: number, attributes: Readonly<Record<string, string>>): Element => {
		const address = {type: 'pci', domain: '0x0000', bus: '0x00', slot: `0x${at.toString(16).padStart(2, '0')}`, ...attributes};
		return {...device, children: [...device.children, element('address', address)]};
	};
	const place = (device: Element): Element => (slot > rootBusSlots.last ? device : placed(device, slot++, {function: '0x0'}));
	const together = (devices: readonly Element[]): Element[] =>
		devices.map((device, index) => {
			const number = index % slotFunctions;
			const at = number === 0 ? slot++ : slot - 1;
			if (at > rootBusSlots.last) return device;
			const isShared = number === 0 && index + 1 < devices.length;
			return placed(device, at, {function: `0x${number}`, ...(isShared ? {multifunction: 'on'} : {})});
		});
	return Object.assign(place, {together});
}

/**
 * A quarter of a second: libvirt asks QEMU for each of the 460 properties of a CPU, one after the other, before the guest may run.
 * Without this capability, a matter of how it asks and of nothing else, it asks for all at once.
 */
function makeShortQueries(): Element {
	return element(
		'qemu:capabilities',
		{},
		[element('qemu:del', {capability: 'cpu-unavailable-features'})],
		backend('a short start: libvirt looks at the CPU by two questions instead of hundreds'),
	);
}

/**
 * QEMU's default CPU, where it is emulated, has no random numbers of its own: a kernel then gathers and mixes them from its interrupts
 * for a tenth of a second.
 */
function makeCpu({domainType, accelCause}: MachineLayout): Element {
	if (domainType === 'kvm') return element('cpu', {mode: 'host-passthrough'}, [], accelCause);
	return element(
		'cpu',
		{mode: 'custom', match: 'exact', check: 'none'},
		[element('model', {fallback: 'forbid'}, ['qemu64']), element('feature', {policy: 'require', name: 'rdrand'})],
		backend('an emulated CPU with random numbers for the kernel'),
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
			element('type', {arch, machine: 'q35'}, ['hvm']),
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

function makeDisk(disk: MachineDisk, index: number, {lendsImages}: MachineLayout): Element {
	// Of what an image leads to libvirt alone knows.
	const isLent = lendsImages && !mayLeadOn(disk);
	const keepsOwner = element(
		'seclabel',
		{model: 'dac', relabel: 'no'},
		[],
		backend("no other owner by the image's name: it is given to QEMU's user, and back, as what it is"),
	);
	return element(
		'disk',
		{type: disk.isBlock ? 'block' : 'file', device: 'disk'},
		[
			element(
				'driver',
				{name: 'qemu', type: disk.format, error_policy: 'report'},
				[],
				backend('an error of a disk is told to the guest: by default QEMU would stop it where the host has no space'),
			),
			element('source', {[disk.isBlock ? 'dev' : 'file']: disk.source}, [isLent && keepsOwner]),
			!disk.chain && element('backingStore', {}, [], backend('no backing file: neither libvirt nor QEMU looks into the image for one')),
			element('target', {dev: machineDiskName(index), bus: 'virtio'}),
			disk.readonly && element('readonly'),
			element('serial', {}, [disk.serial]),
		],
		disk.cause,
	);
}

/** What virtiofsd serves, which we start ourselves. */
function makeTree({tag, socket, cause}: NonNullable<MachineLayout['tree']>): Element {
	return element(
		'filesystem',
		{type: 'mount', accessmode: 'passthrough'},
		[element('driver', {type: 'virtiofs', queue: 1024}), element('source', {socket}), element('target', {dir: tag})],
		cause,
	);
}

function makeShare({tag, source, readonly, cause}: MachineShare, {isSession}: MachineLayout): Element {
	// Squash: an ordinary user's QEMU can give no file another owner, and says so to nobody.
	return element(
		'filesystem',
		{type: 'mount', accessmode: isSession ? 'squash' : 'passthrough', multidevs: 'remap'},
		[element('driver', {type: 'path'}), element('source', {dir: source}), element('target', {dir: tag}), readonly && element('readonly')],
		cause,
	);
}

/** Whether an interface is on QEMU's user network: an ordinary user has none of libvirt, unless one is named. */
export function isUserNetwork({user, source}: Network, {isSession}: Pick<MachineLayout, 'isSession'>): boolean {
	return user || (isSession && source === undefined);
}

function makeNetwork(network: Network, layout: MachineLayout): Element {
	if (!isUserNetwork(network, layout)) {
		const made = makeInterface(network);
		return {...made, children: [...made.children, element('model', {type: 'virtio'})]};
	}
	return element(
		'interface',
		{type: 'user'},
		[
			network.mac !== undefined && element('mac', {address: network.mac}),
			element('model', {type: 'virtio'}),
			layout.userNetwork === 'passt' && element('backend', {type: 'passt'}),
			...network.forwards.map(({protocol, address, host, guest}) =>
				element('portForward', {proto: protocol, address}, [element('range', {start: host, to: guest})]),
			),
		],
		{kind: 'option', text: `network ${formatNetwork(network)}`},
	);
}

/** The element of a port, with its number on the controller or a free one. */
export function makeChannel({name, socket, reconnects, cause}: MachineChannel, port?: number): Element {
	const reconnect = reconnects === true ? [element('reconnect', {enabled: 'yes', timeout: 1})] : [];
	const source = element('source', {mode: 'connect', path: socket}, reconnect);
	const address = port !== undefined && element('address', {type: 'virtio-serial', controller: 0, bus: 0, port});
	return element('channel', {type: 'unix'}, [source, element('target', {type: 'virtio', name}), address], cause);
}
