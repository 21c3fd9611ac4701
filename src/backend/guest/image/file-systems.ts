import {ShellError} from '../../../core/errors.ts';
import type {Image} from '../../../spec/types.ts';
import {refuseInUse} from './check-image.ts';
import type {HeldDevices} from './held-devices.ts';
import {withImage, type ImageFile} from './image-file.ts';

/** Where an erofs says how many other devices it has. */
const erofs = {magic: '\u00e2\u00e1\u00f5\u00e0', at: 0x400, devices: 0x400 + 86} as const;

const magics: ReadonlyArray<readonly [type: string, offset: number, magic: string]> = [
	['ext4', 0x438, '\u0053\u00ef'],
	['xfs', 0, 'XFSB'],
	['squashfs', 0, 'hsqs'],
	['iso9660', 0x8001, 'CD001'],
	['btrfs', 0x1_0040, '_BHRfS_M'],
	['vfat', 0x52, 'FAT32   '],
	['vfat', 0x36, 'FAT16   '],
	['vfat', 0x36, 'FAT12   '],
	['erofs', erofs.at, erofs.magic],
];

/** What the kernel calls those of an image that a container may have. It looks at more than a few bytes, and could find another one. */
export const mountable: ReadonlySet<string> = new Set([...magics.map(([type]) => type), 'ext3', 'ext2']);

/** File systems to try where the host cannot tell. */
const common = ['ext4', 'xfs', 'squashfs', 'iso9660', 'vfat', 'btrfs'] as const;

/** Kernel modules of file systems whose name is another, or that need more. */
const modulesOf: Readonly<Record<string, readonly string[]>> = {iso9660: ['isofs'], vfat: ['vfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859_1', 'nls_utf8']};

/** The modules that a type of file system needs; the first is a must. */
export function fileSystemModules(type: string): readonly string[] {
	return modulesOf[type] ?? [type];
}

/** Types of file systems that an image may hold, the likely one first; none: it holds none that is known here. */
export function findFileSystems({source, format}: Image): readonly string[] {
	if (format !== 'raw') return common;
	return withImage(source, (image) => {
		const type = typeIn(image);
		return type === undefined ? [] : [type];
	});
}

function typeIn(image: ImageFile): string | undefined {
	return magics.find(([, offset, magic]) => image.read(offset, magic.length)?.toString('latin1') === magic)?.[0];
}

/** What may name other devices of the host, which the kernel opens: libblkid can find one of them behind another magic. */
const naming: ReadonlyArray<readonly [type: string, offset: number, magic: string]> = [
	// It is there twice.
	['f2fs', 0x400, '\u0010\u0020\u00f5\u00f2'],
	['f2fs', 0x1400, '\u0010\u0020\u00f5\u00f2'],
	['jfs', 0x8000, 'JFS1'],
	...[0x2034, 0x1_0034].flatMap((offset) => ['ReIsErFs', 'ReIsEr2Fs', 'ReIsEr3Fs'].map((magic) => ['reiserfs', offset, magic] as const)),
];

function devicesIn(image: ImageFile): Orders | undefined {
	const cure = 'or make another file system in it';
	const type = naming.find(([, offset, magic]) => image.read(offset, magic.length)?.toString('latin1') === magic)?.[0];
	if (type !== undefined) return [`holds a file system (${type}) that may name other devices of the host`, cure];
	const isSpread = image.read(erofs.at, erofs.magic.length)?.toString('latin1') === erofs.magic && image.read(erofs.devices, 2)?.readUInt16LE() !== 0;
	return isSpread ? ['has an erofs whose files lie on other devices of the host', cure] : undefined;
}

/** Places in a superblock of the ext kind. */
const ext = {features: {offset: 0x45c, length: 8}, onFault: 0x43c, journal: {offset: 0x4e0, length: 8}, options: {offset: 0x600, length: 64}} as const;
const [panic, hasJournal, hasMmp] = [3, 0x4, 0x100];

/** What in a file system of the ext kind orders the host about, and how the image's owner changes that. */
type Orders = readonly [order: string, cure: string];

function ordersIn(image: ImageFile, readonly: boolean): Orders | undefined {
	const features = image.read(ext.features.offset, ext.features.length);
	const journal = image.read(ext.journal.offset, ext.journal.length);
	if (image.read(ext.options.offset, ext.options.length)?.some((byte) => byte !== 0) === true) {
		return ['has mount options of its own, which the host would obey', 'or clear them: tune2fs -E mount_opts= IMAGE'];
	}
	if (image.read(ext.onFault, 2)?.readUInt16LE() === panic) {
		return ['says that a fault in it is to stop the host (errors=panic)', 'or change that: tune2fs -e remount-ro IMAGE'];
	}
	if (features === undefined || journal === undefined) return undefined;
	// Of an inode, else by the number of a device.
	if ((features.readUInt32LE() & hasJournal) !== 0 && journal.readUInt32LE() === 0 && journal.readUInt32LE(4) !== 0) {
		return ['has its journal on another device of the host', 'or give it one of its own: tune2fs -O ^has_journal IMAGE, then tune2fs -j IMAGE'];
	}
	// Read-only, nobody waits.
	if (!readonly && (features.readUInt32LE(4) & hasMmp) !== 0) {
		return [
			'makes the host wait at its mount, for as long as it says (the feature mmp), and with it every container',
			'or read-only (,ro), or take that out: tune2fs -O ^mmp IMAGE',
		];
	}
	return undefined;
}

/** What the kernel writes out at a mount, read-only too, and how the image's owner does so before; each a number that is 0 where there is nothing. */
const unwritten: ReadonlyArray<readonly [type: string, offset: number, bits: number, cure: string]> = [
	// The feature needs_recovery, the first file of those to be removed, and the feature orphan_present.
	['ext4', 0x460, 0x4, 'e2fsck -p IMAGE'],
	['ext4', 0x4e8, 0xffff_ffff, 'e2fsck -p IMAGE'],
	['ext4', 0x464, 0x1_0000, 'e2fsck -p IMAGE'],
	// The tree of the log.
	['btrfs', 0x1_0060, 0xffff_ffff, 'mount IMAGE once, and unmount it'],
	['btrfs', 0x1_0064, 0xffff_ffff, 'mount IMAGE once, and unmount it'],
];

/** Refuses an image that this user may not write to, though the kernel would, as root. */
function refuseUnwritten(source: string, image: ImageFile): void {
	const type = typeIn(image);
	const found = unwritten.find(([of, offset, bits]) => of === type && ((image.read(offset, 4)?.readUInt32LE() ?? 0) & bits) !== 0);
	if (found === undefined) return;
	throw new ShellError('refused', `The image ${source} (${type}) was not unmounted cleanly: at a mount the host would write to it, which this user may not`, {
		hint: `Use a copy of your own, or have its owner clean it: ${found[3]}`,
	});
}

/** Refuses a raw image whose file system would order about the kernel that mounts it: that of the host, for a container, which may write to it though it is `ro`. */
export function refuseOrders({source, format, readonly}: Image & {readonly readonly: boolean}, held?: HeldDevices): void {
	if (format !== 'raw') return;
	withImage(source, (image) => {
		// Several may have it read-only.
		refuseInUse(source, image, readonly ? undefined : held);
		const [order, cure] = devicesIn(image) ?? (typeIn(image) === 'ext4' ? ordersIn(image, readonly) : undefined) ?? [];
		if (order !== undefined) throw new ShellError('refused', `The image ${source} ${order}`, {hint: `Mount it in a machine (--backend machine), ${cure}`});
		if (!image.mayWrite) refuseUnwritten(source, image);
	});
}
