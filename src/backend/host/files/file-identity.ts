import type {BigIntStats} from 'node:fs';

/** Which file it is, as long as it is there, whatever name leads to it: of a block device the device, which may have several nodes. */
export function identityOf(stats: BigIntStats): string {
	return stats.isBlockDevice() ? `block ${stats.rdev}` : `${stats.dev}:${stats.ino}`;
}

/** Major and minor number of a device, as the kernel shows them elsewhere than in a stat. */
export function deviceNumbers(device: number): readonly [major: number, minor: number] {
	return [(device >>> 8) & 0xfff, (device & 0xff) | ((device >>> 12) & 0xf_ff00)];
}
