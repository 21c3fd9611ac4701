import {chmodSync, chownSync, statSync} from 'node:fs';
import type {Idmap} from '../../../spec/types.ts';

/** Makes something of the host belong to a user of the guest. Nothing to do for the guest's root where ids are not mapped: we made it. */
export function giveToGuest(path: string, idmap: Idmap | undefined, {uid, gid}: {readonly uid: number; readonly gid: number} = {uid: 0, gid: 0}): void {
	const start = idmap?.start ?? 0;
	if (start + uid !== 0 || start + gid !== 0) chownSync(path, start + uid, start + gid);
}

/**
 * Lets the guest's root read something of ours, or get through a directory, and no more: where `/run` is mounted `nosuid`, libvirt cannot
 * make what it mounts from there read-only for a guest with mapped ids, and goes on.
 */
export function showToGuest(path: string, idmap: Idmap | undefined): void {
	if (idmap === undefined) return;
	const stats = statSync(path);
	const mode = stats.mode & 0o777;
	chownSync(path, 0, idmap.start);
	chmodSync(path, mode | ((mode & (stats.isDirectory() ? 0o100 : 0o500)) >> 3));
}
