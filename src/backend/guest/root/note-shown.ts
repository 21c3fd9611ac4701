import {once} from '../../../core/once.ts';
import type {KnownMount, ShownPart} from '../../host/mounts/mount-table.ts';
import {isPartless, mountTreeOf} from '../../host/mounts/mount-tree.ts';
import type {GuestMount} from './guest-tree.ts';

/**
 * Tells what is to be seen of a source, without links, as this process's table of mounts says. Who may change the way there could put another mount
 * of the host in its place, by whose path nobody would see that; and libvirtd, in a mount namespace of its own, may have something else there.
 * Undefined: it is not there yet, an automounter has yet to mount it, or the kernel does not tell.
 */
export function shownFinder(table: readonly KnownMount[]): (source: string) => ShownPart | undefined {
	const tree = once(() => mountTreeOf(table));
	return (source) => {
		const place = source.startsWith('/') ? tree().placeOf(source) : undefined;
		return place === undefined || place.mount.fileSystem === 'autofs' || isPartless(place.mount) ? undefined : {device: place.device, root: place.path};
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
