import type {BigIntStats} from 'node:fs';

/** Which file it is, as long as it is there, whatever name leads to it: of a block device the device, which may have several nodes. */
export function identityOf(stats: BigIntStats): string {
	return stats.isBlockDevice() ? `block ${stats.rdev}` : `${stats.dev}:${stats.ino}`;
}
