import {ShellError} from '../../../core/errors.ts';
import type {Image} from '../../../spec/types.ts';
import {withImage, type ImageFile} from './image-file.ts';

const magics: ReadonlyArray<readonly [type: string, offset: number, magic: string]> = [
	['ext4', 0x438, '\u0053\u00ef'],
	['xfs', 0, 'XFSB'],
	['squashfs', 0, 'hsqs'],
	['iso9660', 0x8001, 'CD001'],
	['btrfs', 0x1_0040, '_BHRfS_M'],
	['vfat', 0x52, 'FAT32'],
	['vfat', 0x36, 'FAT1'],
	['erofs', 0x400, '\u00e2\u00e1\u00f5\u00e0'],
];

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

/** What the kernel does at a fault, in a superblock of the ext kind. */
const onFault = {offset: 0x43c, panic: '\u0003\0'} as const;

/** Options that such a superblock gives to each mount by itself. */
const ownOptions = {offset: 0x600, length: 64} as const;

/** Refuses a raw image whose file system would have the kernel that mounts it stop at a fault: that of the host, for a container. */
export function refusePanic({source, format}: Image): void {
	if (format !== 'raw') return;
	withImage(source, (image) => {
		if (typeIn(image) !== 'ext4') return;
		if (image.read(ownOptions.offset, ownOptions.length)?.some((byte) => byte !== 0) === true) {
			throw new ShellError('refused', `The image ${source} has mount options of its own, which the host would obey`, {
				hint: 'Mount it in a machine (--backend machine), or clear them: tune2fs -E mount_opts= IMAGE',
			});
		}
		if (image.read(onFault.offset, onFault.panic.length)?.toString('latin1') !== onFault.panic) return;
		throw new ShellError('refused', `The image ${source} says that a fault in it is to stop the host (errors=panic)`, {
			hint: 'Mount it in a machine (--backend machine), or change that: tune2fs -e remount-ro',
		});
	});
}
