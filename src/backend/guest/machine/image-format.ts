import {closeSync, fstatSync, constants, openSync, readSync} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';

/** How an image is written, and which file systems it may hold: the types to try, the likely one first. */
export interface ImageFacts {
	readonly format: string;
	readonly fileSystems: readonly string[];
}

const magicFormats: ReadonlyArray<readonly [format: string, offset: number, magic: string]> = [
	['qcow2', 0, 'QFI\u00fb'],
	['vmdk', 0, 'KDMV'],
	['vhdx', 0, 'vhdxfile'],
	['vdi', 64, '\u007f\u0010\u00da\u00be'],
	['qed', 0, 'QED\0'],
];
const magicFileSystems: ReadonlyArray<readonly [type: string, offset: number, magic: string]> = [
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
const commonFileSystems = ['ext4', 'xfs', 'squashfs', 'iso9660', 'vfat', 'btrfs'] as const;

/** Kernel modules of file systems whose name is another, or that need more. */
const modulesOf: Readonly<Record<string, readonly string[]>> = {iso9660: ['isofs'], vfat: ['vfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859_1', 'nls_utf8']};

/** The modules that a type of file system needs; the first is a must. */
export function fileSystemModules(type: string): readonly string[] {
	return modulesOf[type] ?? [type];
}

/** Looks into an image; a format that was asked for has to be the one of its header, where that has one. */
export function inspectImage(path: string, format: string | undefined): ImageFacts {
	const head = readHead(path);
	const has = (offset: number, magic: string): boolean => head.toString('latin1', offset, offset + magic.length) === magic;
	const expected = magicFormats.find(([name]) => name === format);
	if (expected !== undefined && !has(expected[1], expected[2])) {
		throw new ShellError('refused', `The image ${path} is no ${expected[0]}`, {hint: 'Leave format= out, and its header tells'});
	}
	const found = format ?? magicFormats.find(([, offset, magic]) => has(offset, magic))?.[0] ?? 'raw';
	if (found !== 'raw') return {format: found, fileSystems: commonFileSystems};
	const type = magicFileSystems.find(([, offset, magic]) => has(offset, magic))?.[0];
	return {format: found, fileSystems: type === undefined ? [] : [type]};
}

function readHead(path: string): Buffer {
	let fd: number;
	try {
		// A named pipe would wait for its other end.
		fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	} catch (cause) {
		throw new ShellError('not-found', `The image ${path} cannot be read`, {hint: 'Look at its path and rights', cause});
	}
	try {
		const stats = fstatSync(fd);
		if (!stats.isFile() && !stats.isBlockDevice()) {
			throw new ShellError('refused', `The image ${path} is ${stats.isDirectory() ? 'a directory' : 'neither a file nor a block device'}`, {
				hint: stats.isDirectory() ? 'A directory is mounted with host-bind' : 'Give a file that holds the image',
			});
		}
		const head = Buffer.alloc(72 * 1024);
		return head.subarray(0, readSync(fd, head, 0, head.length, 0));
	} finally {
		closeSync(fd);
	}
}
