import type {Image} from '../../../spec/types.ts';
import type {Cause, Element} from '../../xml/element.ts';
import type {SandboxMetadata} from '../../domain/metadata.ts';

/** A directory of the host that the guest mounts by its tag, by 9p. */
export interface MachineShare {
	/** At most 31 bytes. */
	readonly tag: string;
	readonly source: string;
	/** Enforced on the host's side: a guest can undo its own `-o ro`. */
	readonly readonly: boolean;
	readonly cause: Cause;
}

/** How what the guest sees of the host gets there. virtiofsd: where the program is. */
export type ShareTransport = {readonly type: 'virtiofs'; readonly virtiofsd: string} | {readonly type: '9p'};

/** A disk image of the host, seen in the guest by its serial number. */
export interface MachineDisk extends Image {
	/** At most 20 characters. */
	readonly serial: string;
	/** It is a block device of the host. */
	readonly isBlock: boolean;
	readonly readonly: boolean;
	readonly cause: Cause;
}

/** A virtio port of the guest; a program of ours listens on the host's socket before the domain is created. */
export interface MachineChannel {
	readonly name: string;
	readonly socket: string;
	/** QEMU connects anew within a second of the connection's end. */
	readonly reconnects?: boolean;
	readonly cause: Cause;
}

/** What has been laid out on the host for a machine before its domain is made. */
export interface MachineLayout {
	readonly name: string;
	readonly uuid?: string | undefined;
	readonly domainType: 'kvm' | 'qemu';
	/** Why it is that type, for people. */
	readonly accelCause: Cause;
	/** The machine's architecture in libvirt's words, as `x86_64`. */
	readonly arch: string;
	readonly kernel: string;
	readonly kernelCause: Cause;
	readonly initrd: string;
	readonly commandLine: string;
	/** A firmware quicker than the default, where the host has one. */
	readonly firmware?: string | undefined;
	/** Whether QEMU runs as an ordinary user, who cannot give files away. */
	readonly isSession: boolean;
	/** Whether libvirt may limit its use of processors and disks, by control groups. */
	readonly canTune: boolean;
	/** By 9p. */
	readonly shares: readonly MachineShare[];
	/** By virtiofs: the tag of what virtiofsd serves, and the socket where it waits for QEMU. */
	readonly tree?: {readonly tag: string; readonly socket: string; readonly cause: Cause} | undefined;
	readonly disks: readonly MachineDisk[];
	/** Whether we give the images to QEMU's user, and back: libvirt does so by their names, where another file may be by then. */
	readonly lendsImages: boolean;
	readonly channels: readonly MachineChannel[];
	/** Socket that gets what the kernel writes to its serial console. */
	readonly bootLog: string;
	/** What makes a user network. */
	readonly userNetwork: 'slirp' | 'passt' | undefined;
	readonly metadata: SandboxMetadata;
	/** From `resolveSecurity`; none: the host has no model. */
	readonly seclabels?: readonly Element[] | undefined;
}
