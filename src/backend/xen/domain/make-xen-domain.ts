import type {SandboxSpec} from '../../../spec/types.ts';
import {makeIdentity, makeInterface, makeLifecycle, makeSizes} from '../../domain/common.ts';
import {makeMetadata, type SandboxMetadata} from '../../domain/metadata.ts';
import type {MachineDisk} from '../../machine/domain/layout.ts';
import {element, type Cause, type Element} from '../../xml/element.ts';

/** How Xen runs a guest: `pv` by its own interfaces alone, `pvh` by the processor's virtualization as well. */
export type XenType = 'pv' | 'pvh';

/** What has been laid out on the host for a guest of Xen before its domain is made. */
export interface XenLayout {
	readonly name: string;
	readonly uuid?: string | undefined;
	readonly type: XenType;
	/** Why it is that type, for people. */
	readonly typeCause: Cause;
	/** In libvirt's words, as `x86_64`. */
	readonly arch: string;
	readonly kernel: string;
	readonly kernelCause: Cause;
	readonly initrd: string;
	/** An image of what the guest sees of the host. */
	readonly tree: string;
	readonly disks: readonly MachineDisk[];
	/** Sockets on which a program of ours listens for what the guest says by a channel of this name. */
	readonly channels: ReadonlyArray<{readonly name: string; readonly socket: string; readonly cause: Cause}>;
	readonly metadata: SandboxMetadata;
}

const backend = (text: string): Cause => ({kind: 'backend', text});

/** As libvirt has it: the machine, and what is in the element. */
const types: Readonly<Record<XenType, readonly [machine: string, content: string]>> = {pv: ['xenpv', 'linux'], pvh: ['xenpvh', 'xenpvh']};

/** The kernel's messages come by Xen's console; a panic ends the guest at once. */
const commandLine = 'console=hvc0 quiet loglevel=4 panic=-1 rdinit=/init';

/** The domain of a guest of Xen: a spec, on what was laid out for it on the host, as the document that libvirt's Xen driver starts. */
export function makeXenDomain(spec: SandboxSpec, layout: XenLayout): Element {
	const {arch, type, typeCause, kernel, kernelCause, initrd, tree, disks, channels} = layout;
	const [machine, content] = types[type];
	return element('domain', {type: 'xen'}, [
		...makeIdentity(spec, layout.name, layout.uuid),
		makeMetadata(layout.metadata),
		...makeSizes(spec.limits),
		element(
			'os',
			{},
			[
				element('type', {arch, machine}, [content], typeCause),
				element('kernel', {}, [kernel], kernelCause),
				element('initrd', {}, [initrd], backend("busybox, the kernel's modules and the sandbox's init")),
				element('cmdline', {}, [commandLine], backend('a short boot')),
			],
			backend("a kernel of the host with the sandbox's own init"),
		),
		element('clock', {offset: 'utc'}, [], backend("the guest's clock is right")),
		...makeLifecycle(),
		element('devices', {}, [
			makeDisk(
				{isBlock: false, source: tree, format: 'raw', readonly: true},
				0,
				backend("what the guest sees of the host's files: Xen shares no directories by libvirt"),
			),
			...disks.map((disk, index) => makeDisk(disk, index + 1, disk.cause)),
			...spec.networks.map((network) => makeInterface(network)),
			...channels.map(({name, socket, cause}) =>
				element('channel', {type: 'unix'}, [element('source', {mode: 'bind', path: socket}), element('target', {type: 'xen', name})], cause),
			),
			element('console', {type: 'pty'}, [element('target', {type: 'xen', port: 0})], backend('the boot log')),
			element('memballoon', {model: 'xen'}, [], {kind: 'default', text: "default: Xen's own, which cannot be left out"}),
		]),
	]);
}

/** The name of a disk's node in the guest's /dev: xvda, xvdb, …, xvdz, xvdaa. */
function diskName(index: number): string {
	const letter = String.fromCharCode(97 + (index % 26));
	return index < 26 ? `xvd${letter}` : `${diskName(Math.floor(index / 26) - 1)}${letter}`;
}

function makeDisk({isBlock, source, format, readonly}: Pick<MachineDisk, 'isBlock' | 'source' | 'format' | 'readonly'>, index: number, cause: Cause): Element {
	return element(
		'disk',
		{type: isBlock ? 'block' : 'file', device: 'disk'},
		[
			element('driver', {name: 'qemu', type: format}),
			element('source', {[isBlock ? 'dev' : 'file']: source}),
			element('target', {dev: diskName(index), bus: 'xen'}),
			readonly && element('readonly'),
		],
		cause,
	);
}
