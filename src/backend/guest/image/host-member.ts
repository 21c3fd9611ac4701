import {ShellError} from '../../../core/errors.ts';
import type {Image} from '../../../spec/types.ts';
import {withImage, type ImageFile} from './image-file.ts';

const sectorBytes = 512;
/** Where LVM looks for its label. */
const labelSectors = [0, 1, 2, 3];
const lvm = 'LABELONE';
const raid = 0xa92b_4efc;
/** Magic of bcache, behind the first 24 bytes of its superblock. */
const bcache = Buffer.from('c68573f64e1a45ca8265f57f48ba6d81', 'hex');
/** Its superblock, which is there twice. */
const [stratis, stratisPlaces] = [Buffer.from('215374726130746973 86ff025e41 7268'.replaceAll(' ', ''), 'hex'), [512 + 4, 8 * 512 + 512 + 4]];
const zfs = 0x00ba_b10cn;
/** DDF and Intel's, so many sectors from the end. */
const [ddf, ddfSectors] = [Buffer.from('de11de11', 'hex'), [1, 257]];
const [intel, intelSectors] = ['Intel Raid ISM Cfg Sig. ', 2];
/** File systems that may be on several devices; the flag says that one is the seed of others. */
const btrfs = {magic: '_BHRfS_M', at: 0x1_0040, devices: 0x1_0088, flags: 0x1_0038, seeding: 1n << 32n} as const;
const bcachefs = {magic: Buffer.from('c68573f666ce90a9d96a60cf803df7ef', 'hex'), at: 4096 + 24, devices: 4096 + 123} as const;
/** Where ZFS has its uberblocks, the first ones, and how far apart at least. */
const uberblocks = {offset: 128 * 1024, most: 128, bytes: 1024};
const [kib4, kib8, kib64] = [4096, 8192, 65_536];

/** What an image is a part of, and how wipefs calls the sign of that. */
interface Membership {
	readonly of: string;
	readonly sign: string;
}

/**
 * Refuses a raw image that the host puts together with others into a volume group, an array or a pool as soon as it has it for a device, as it has the
 * images of a container: it stays in use by that after the container's end. Nobody on the host looks into those of a machine.
 */
export function refuseMember({source, format}: Image): void {
	if (format !== 'raw') return;
	withImage(source, (image) => {
		// A device of the host's is known to it already.
		const membership = image.size === undefined ? undefined : membershipIn(image, image.size);
		if (membership === undefined) return;
		throw new ShellError('refused', `The image ${source} is a part of ${membership.of}, which the host would put together`, {
			hint: `Give it to a machine (--backend machine); if that is left over from an earlier use: wipefs -a -t ${membership.sign} IMAGE`,
		});
	});
}

function membershipIn(image: ImageFile, size: number): Membership | undefined {
	const isLvm = labelSectors.some((sector) => image.read(sector * sectorBytes, lvm.length)?.toString('latin1') === lvm);
	if (isLvm) return {of: 'a volume group (LVM)', sign: 'LVM2_member'};
	if (raidPlaces(size).some((offset) => isRaid(image.read(offset, 4)))) return {of: 'an array (RAID)', sign: 'linux_raid_member'};
	const fromEnd = (sectors: number): number => (Math.floor(size / sectorBytes) - sectors) * sectorBytes;
	if (ddfSectors.some((sectors) => image.read(fromEnd(sectors), ddf.length)?.equals(ddf) === true)) return {of: 'an array (DDF)', sign: 'ddf_raid_member'};
	if (image.read(fromEnd(intelSectors), intel.length)?.toString('latin1') === intel) return {of: 'an array (Intel)', sign: 'isw_raid_member'};
	if (image.read(kib4 + 24, bcache.length)?.equals(bcache) === true) return {of: 'a cache (bcache)', sign: 'bcache'};
	const first = image.read(uberblocks.offset, uberblocks.most * uberblocks.bytes);
	const isZfs = first !== undefined && Array.from({length: uberblocks.most}, (_, index) => index * uberblocks.bytes).some((at) => isUberblock(first, at));
	if (isZfs) return {of: 'a pool (ZFS)', sign: 'zfs_member'};
	if (stratisPlaces.some((offset) => image.read(offset, stratis.length)?.equals(stratis) === true)) return {of: 'a pool (Stratis)', sign: 'stratis'};
	if (isSharedBtrfs(image)) return {of: 'a btrfs of several devices', sign: 'btrfs'};
	const isBcachefs = image.read(bcachefs.at, bcachefs.magic.length)?.equals(bcachefs.magic) === true;
	return isBcachefs && image.read(bcachefs.devices, 1)?.[0] !== 1 ? {of: 'a bcachefs of several devices', sign: 'bcachefs'} : undefined;
}

function isSharedBtrfs(image: ImageFile): boolean {
	if (image.read(btrfs.at, btrfs.magic.length)?.toString('latin1') !== btrfs.magic) return false;
	const devices = image.read(btrfs.devices, 8)?.readBigUInt64LE();
	const flags = image.read(btrfs.flags, 8)?.readBigUInt64LE() ?? 0n;
	return devices !== 1n || (flags & btrfs.seeding) !== 0n;
}

/** Of versions 1.1, 1.2, 1.0 and 0.90. */
function raidPlaces(size: number): number[] {
	return [0, kib4, Math.floor((size - kib8) / kib4) * kib4, (Math.floor(size / kib64) - 1) * kib64];
}

/** Of either byte order, as the oldest version has that of its host. */
function isRaid(magic: Buffer | undefined): boolean {
	return magic?.readUInt32LE() === raid || magic?.readUInt32BE() === raid;
}

function isUberblock(bytes: Buffer, at: number): boolean {
	return bytes.readBigUInt64LE(at) === zfs || bytes.readBigUInt64BE(at) === zfs;
}
