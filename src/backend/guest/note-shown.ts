import {dirname} from 'node:path';
import {firstLoose} from '../host/firm-way.ts';
import type {KnownMount} from '../host/mount-table.ts';
import {mountTreeOf} from '../host/mount-tree.ts';
import {once} from '../host/once.ts';
import type {GuestMount} from './guest-tree.ts';

/**
 * Notes of what somebody asked for what is to be seen there, as a table of mounts says, where others may change the way to it: they could put
 * another mount of the host in its place, by whose path nobody would see that.
 */
export function noteShown(mounts: readonly GuestMount[], table: readonly KnownMount[]): GuestMount[] {
	const tree = once(() => mountTreeOf(table));
	return mounts.map((mount) => {
		if (mount.kind !== 'bind' || mount.cause === undefined || !mount.source.startsWith('/')) return mount;
		const place = firstLoose(dirname(mount.source)) === undefined ? undefined : tree().placeOf(mount.source);
		return place === undefined ? mount : {...mount, shown: {device: place.device, root: place.path}};
	});
}
