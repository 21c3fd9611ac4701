import {isWithin} from '../../spec/paths.ts';
import {reservedDirectory} from '../../spec/validate-spec.ts';
import type {ClosedPlace} from '../host/closed-places.ts';
import {coverOf, type GuestMount, type GuestTree} from './guest-tree.ts';

const sizeKiB = 64;
const mode = 0o555;

/**
 * Puts something empty over places of the host, wherever a guest has them, by whatever name. Gives those that cannot be mounted upon by their
 * path, as others could lead that elsewhere.
 */
export function coverClosed(guest: GuestTree, closed: readonly ClosedPlace[]): string[] {
	const loose: string[] = [];
	for (const place of closed) {
		for (const {target, isLoose} of targetsOf(guest, place)) {
			const inside = [...guest.mounts.values()].filter((mount) => isWithin(mount.target, target));
			const isUsed = inside.some(({cause}) => cause !== undefined);
			if (isLoose) {
				if (!isUsed) loose.push(target);
				continue;
			}
			for (const mount of inside) if (mount.cause === undefined) guest.mounts.delete(mount.target);
			guest.mounts.set(target, {kind: 'ram', target, sizeKiB, mode, uid: 0, gid: 0, readonly: true, cause: undefined});
		}
	}
	return loose;
}

/** The same places of a guest that is planned, each also where a guest-bind shows it once more. */
export function viewsOf({mounts}: GuestTree, places: readonly string[]): string[] {
	return places.flatMap((place) => [
		place,
		...[...mounts.values()].flatMap((mount) =>
			mount.kind === 'guest-bind' && isWithin(place, mount.source) ? mount.target + place.slice(mount.source === '/' ? 0 : mount.source.length) : [],
		),
	]);
}

interface Target {
	readonly target: string;
	readonly isLoose: boolean;
}

/** Where a guest has a place of the host by its binds, or taken apart in its skeleton, and nothing of its own. */
function targetsOf(guest: GuestTree, {path, always, isLoose}: ClosedPlace): Target[] {
	const own = path.startsWith(`${guest.base}/`) ? path.slice(guest.base.length) : '';
	const isApart = guest.top.has(own.slice(1)) && coverOf(guest, own) === undefined && reservedDirectory(own) === undefined;
	const bound = [...guest.mounts.values()].flatMap((mount) => {
		if (mount.kind !== 'bind' || !mount.source.startsWith('/')) return [];
		const isAsked = mount.cause !== undefined;
		if (isAsked && !mount.readonly && !always) return [];
		const {source} = mount;
		if (!isWithin(path, source) || (isAsked && path === source)) return [];
		const target = mount.target + path.slice(source === '/' ? 0 : source.length);
		const isFree = isSame(coverOf(guest, target), mount) && reservedDirectory(target) === undefined;
		return isFree ? {target, isLoose} : [];
	});
	// The skeleton is nobody else's to change.
	return isApart ? [...bound, {target: own, isLoose: false}] : bound;
}

function isSame(one: GuestMount | undefined, other: GuestMount): boolean {
	return one?.target === other.target;
}
