import {dirname} from 'node:path';
import {firstLoose} from '../host/firm-way.ts';
import type {KnownMount, ShownPart} from '../host/mount-table.ts';
import {mountTreeOf} from '../host/mount-tree.ts';
import {once} from '../host/once.ts';
import type {GuestMount} from './guest-tree.ts';

/**
 * Tells what is to be seen of a source, without links, as a table of mounts says, where others may change the way to it: they could put
 * another mount of the host in its place, by whose path nobody would see that. Undefined: nobody else may, or it is not there yet.
 */
export function shownFinder(table: readonly KnownMount[]): (source: string) => ShownPart | undefined {
	const tree = once(() => mountTreeOf(table));
	return (source) => {
		if (!source.startsWith('/') || firstLoose(dirname(source)) === undefined) return undefined;
		const place = tree().placeOf(source);
		return place && {device: place.device, root: place.path};
	};
}

/** Notes of what somebody asked for what is to be seen there. */
export function noteShown(mounts: readonly GuestMount[], table: readonly KnownMount[]): GuestMount[] {
	const shownOf = shownFinder(table);
	return mounts.map((mount) => {
		if (mount.kind !== 'bind' || mount.cause === undefined) return mount;
		const shown = shownOf(mount.source);
		return shown === undefined ? mount : {...mount, shown};
	});
}
