import type {ImageFormat} from '../../../spec/image-formats.ts';
import type {ImageFile} from './image-file.ts';

/** Formats that QEMU knows, and libvirt does not take. */
type OtherFormat = 'vhdx' | 'parallels' | 'bochs' | 'cloop' | 'cow' | 'dmg';
export type KnownFormat = ImageFormat | OtherFormat;

const heads: ReadonlyArray<readonly [format: KnownFormat, offset: number, magic: string]> = [
	['qed', 0, 'QED\0'],
	['vmdk', 0, 'KDMV'],
	['vmdk', 0, 'COWD'],
	['vdi', 64, '\u007f\u0010\u00da\u00be'],
	['vpc', 0, 'conectix'],
	['vhdx', 0, 'vhdxfile'],
	['parallels', 0, 'WithoutFreeSpace'],
	['parallels', 0, 'WithouFreSpacExt'],
	['bochs', 0, 'Bochs Virtual HD Image'],
	['cloop', 0, '#!/bin/sh\n#V2.0 Format\n'],
	['cow', 0, 'OOOM'],
];
/** What begins the last sector. */
const tails: ReadonlyArray<readonly [format: KnownFormat, magic: string]> = [
	['vpc', 'conectix'],
	['dmg', 'koly'],
];
const sector = 512;
/** How far the first lines of a vmdk that is text are looked for. */
const mostText = 4096;
/** As QEMU looks for it: the first line that is neither empty nor a comment has a version. */
const vmdkText = /^(?:#[^\n]*\n|[ \r]*\n)*version=[123]\r?\n/;

/**
 * The format that an image is written in, as far as its first and last bytes tell; undefined: raw, or unknown. This decides nothing
 * but whether what was said can be true. What ordinarily lies at the beginning of a raw image is no format here: a table of
 * partitions, a file system, LUKS.
 */
export function detectFormat(image: ImageFile): KnownFormat | undefined {
	const has = (offset: number, magic: string): boolean => image.read(offset, magic.length)?.toString('latin1') === magic;
	if (has(0, 'QFI\u00fb')) return image.read(4, 4)?.readUInt32BE() === 1 ? 'qcow' : 'qcow2';
	const [head] = heads.find(([, offset, magic]) => has(offset, magic)) ?? [];
	if (head !== undefined) return head;
	const [tail] = tails.find(([, magic]) => image.size !== undefined && has(image.size - sector, magic)) ?? [];
	if (tail !== undefined) return tail;
	const text = image.read(0, Math.min(image.size ?? mostText, mostText))?.toString('latin1') ?? '';
	return text.startsWith('# Disk DescriptorFile') || vmdkText.test(text) ? 'vmdk' : undefined;
}
