import type {Image} from '../../../spec/types.ts';
import type {ShownPart} from '../../host/mounts/mount-table.ts';
import type {Cause, Element} from '../../xml/element.ts';
import type {SandboxMetadata} from '../../domain/metadata.ts';

export interface LayoutMount {
	/** Absolute path in the guest. */
	readonly target: string;
	readonly readonly: boolean;
	readonly cause: Cause;
}
/** A host directory or file bound into the guest. */
export interface LayoutBind extends LayoutMount {
	readonly source: string;
	/** What is to be seen there, where that was noted. */
	readonly shown?: ShownPart;
}
/** Something empty in the place of what the guest has. */
interface LayoutHide extends LayoutMount {
	readonly of: 'directory' | 'file';
}
/** A fresh tmpfs; mode and owner are set by the init, libvirt cannot. */
interface LayoutRam extends LayoutMount {
	readonly sizeKiB: number;
}
/** A path of the guest seen at a second place. */
interface LayoutGuestBind extends LayoutMount {
	readonly source: string;
}
/** A file system image of the host. */
export interface LayoutImage extends LayoutMount, Image {}
/** A disk image of the host. */
export interface LayoutDisk extends Image {
	readonly readonly: boolean;
	readonly cause: Cause;
}

/** What has been laid out on the host for a container before its domain is made. */
export interface ContainerLayout {
	readonly id: string;
	readonly name: string;
	readonly uuid?: string | undefined;
	/** The skeleton root, bound read-only to `/`. */
	readonly rootDirectory: string;
	/** Pipes and init, bound read-only to `/run/sandbox`. */
	readonly ioDirectory: string;
	/** What hides: empty, below `ioDirectory`. */
	readonly hides?: readonly LayoutHide[] | undefined;
	/** Path in the guest, below `/run/sandbox`. */
	readonly init: string;
	readonly binds: readonly LayoutBind[];
	readonly rams: readonly LayoutRam[];
	readonly guestBinds?: readonly LayoutGuestBind[] | undefined;
	readonly images?: readonly LayoutImage[] | undefined;
	readonly disks?: readonly LayoutDisk[] | undefined;
	/** Consoles to declare: the command's terminal, the shell and the spare ones. */
	readonly consoles: number;
	readonly metadata: SandboxMetadata;
	/** From `resolveSecurity`; none: the host has no model. */
	readonly seclabels?: readonly Element[] | undefined;
}
