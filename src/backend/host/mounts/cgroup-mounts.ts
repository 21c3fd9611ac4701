import {isWithin} from '../../../spec/paths.ts';
import {isFirmWay} from '../files/firm-way.ts';
import type {HostMount} from './mount-table.ts';

/** Where all hosts have control groups. */
export function isUsual({mountPoint}: Pick<HostMount, 'mountPoint'>): boolean {
	return isWithin(mountPoint, '/sys/fs/cgroup');
}

/**
 * Where a host has its control groups, the usual places first. Elsewhere it may have those of another namespace; and where others may change the
 * way there, they would lead elsewhere what root writes: there it has none.
 */
export function cgroupMounts(table: readonly HostMount[], isFirm: (directory: string) => boolean = isFirmWay): HostMount[] {
	const all = table.filter(({fileSystem}) => fileSystem === 'cgroup' || fileSystem === 'cgroup2');
	return [...all.filter(isUsual), ...all.filter((mount) => !isUsual(mount) && isFirm(mount.mountPoint))];
}
