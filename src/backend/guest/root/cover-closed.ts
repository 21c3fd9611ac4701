import {dirname} from 'node:path';
import {isWithin, waysTo} from '../../../spec/paths.ts';
import {reservedDirectory} from '../../../spec/validate-spec.ts';
import {onceEach} from '../../../core/once.ts';
import type {ClosedPlace} from '../../host/mounts/closed-places.ts';
import {isFirmWay, statIfThere} from '../../host/files/firm-way.ts';
import {coverOf, placeIn, type GuestMount, type GuestTree} from './guest-tree.ts';

const sizeKiB = 64;
const mode = 0o555;
const enterableByAll = 0o001;

/** What a guest has covered once all is mounted, by no path that others could lead elsewhere, as far as it is there. */
export interface LooseCover {
	readonly target: string;
	/** What may be covered instead, where somebody has whoever looks for it wait: the directory where that begins, and those around it. */
	readonly homes: readonly string[];
}

/**
 * Puts something empty over places of the host, wherever a guest has them, by whatever name. Gives those that cannot be mounted upon by their
 * path, as others could lead that elsewhere.
 */
export function coverClosed(guest: GuestTree, closed: readonly ClosedPlace[]): LooseCover[] {
	const loose: LooseCover[] = [];
	const around = onceEach((place) => outwards(guest, place));
	for (const place of closed) {
		for (const {target, isLoose, homes} of targetsOf(guest, place, around)) {
			if (isLoose) {
				const isUsed = [...guest.mounts.values()].some((mount) => mount.cause !== undefined && isWithin(mount.target, target));
				if (!isUsed) loose.push({target, homes});
				continue;
			}
			const inside = [...guest.mounts.values()].filter((mount) => isWithin(mount.target, target));
			for (const mount of inside) if (mount.cause === undefined) guest.mounts.delete(mount.target);
			guest.mounts.set(target, {kind: 'ram', target, sizeKiB, mode, uid: 0, gid: 0, readonly: true, cause: undefined});
		}
	}
	return loose;
}

/** With mapped ids nobody gets behind a directory that is closed to others, nor could libvirt cover anything there. */
export function isInReach({path, isLoose}: ClosedPlace): boolean {
	return isLoose || waysTo(dirname(path)).every((directory) => ((statIfThere(directory)?.mode ?? 0) & enterableByAll) !== 0);
}

/** The same places of a guest that is planned, each also where a guest-bind shows it once more. */
export function viewsOf({mounts}: GuestTree, places: readonly LooseCover[]): LooseCover[] {
	const shown = [...mounts.values()].filter((mount) => mount.kind === 'guest-bind');
	return places.flatMap(({target, homes}) => [
		{target, homes},
		...shown
			.filter(({source}) => isWithin(target, source))
			.map((mount) => ({
				target: viewIn(mount, target),
				homes: homes.filter((home) => isInside(home, mount.source)).map((home) => viewIn(mount, home)),
			})),
	]);
}

/** Covers where the host has something mounted that the guest lacks, and nobody has looked what lies beneath; also in what somebody asked for. */
export function coverMasked(guest: GuestTree, masked: readonly string[]): LooseCover[] {
	const {isFirm = onceEach((directory: string) => isFirmWay(directory))} = guest;
	const shown = masked.flatMap((target) => {
		const mount = coverOf(guest, target);
		return mount?.kind === 'bind' && mount.cause === undefined ? {target, mount} : [];
	});
	const asked = [...guest.mounts.values()].flatMap((mount) => {
		if (mount.kind !== 'bind' || mount.cause === undefined || !mount.source.startsWith('/')) return [];
		const places = guest.hostMounts.filter((place) => isInside(place, mount.source)).map((place) => viewIn(mount, place));
		return [...new Set(places)].map((target) => ({target, mount})).filter(({target}) => isSame(coverOf(guest, target), mount));
	});
	return [...shown, ...asked].flatMap(({target, mount}) => {
		if (mount.target === target) return [];
		return {target, homes: outwards(guest, viewIn(mount, looseFrom(mount.source, placeIn(mount, target), isFirm)))};
	});
}

/** Where in a source others may change the way to a place: the directory from which on, or the place itself. */
export function looseFrom(source: string, place: string, isFirm: (directory: string) => boolean = isFirmWay): string {
	return waysTo(dirname(place)).find((directory) => isWithin(directory, source) && !isFirm(directory)) ?? place;
}

/** A place and what is around it, as far as that holds nothing that somebody asked for. */
function outwards(guest: GuestTree, place: string): string[] {
	const asked = [...guest.mounts.values()].filter(({cause}) => cause !== undefined);
	const homes = waysTo(place).toReversed();
	const end = homes.findIndex((home) => asked.some(({target}) => isWithin(target, home)));
	return end < 0 ? homes : homes.slice(0, end);
}

/** Where a mount shows a place of its source. */
export function viewIn({target, source}: {readonly target: string; readonly source: string}, place: string): string {
	return target + place.slice(source === '/' ? 0 : source.length);
}

function isInside(place: string, directory: string): boolean {
	return place !== directory && isWithin(place, directory);
}

/** Where a guest has a place of the host by its binds, or taken apart in its skeleton, and nothing of its own. */
function targetsOf(
	guest: GuestTree,
	{path, always, isLoose, home}: ClosedPlace,
	around: (place: string) => string[],
): Array<LooseCover & Pick<ClosedPlace, 'isLoose'>> {
	const own = path.startsWith(`${guest.base}/`) ? path.slice(guest.base.length) : '';
	const isApart = guest.top.has(own.slice(1)) && coverOf(guest, own) === undefined && reservedDirectory(own) === undefined;
	const bound = [...guest.mounts.values()].flatMap((mount) => {
		if (mount.kind !== 'bind' || !mount.source.startsWith('/') || !isWithin(path, mount.source)) return [];
		const {source} = mount;
		const isAsked = mount.cause !== undefined;
		if (isAsked && ((!mount.readonly && !always) || path === source)) return [];
		const target = viewIn(mount, path);
		const isFree = isSame(coverOf(guest, target), mount) && reservedDirectory(target) === undefined;
		if (!isFree) return [];
		return {target, isLoose, homes: home === undefined ? [] : around(isWithin(home, source) ? viewIn(mount, home) : mount.target)};
	});
	// The skeleton is nobody else's to change.
	return isApart ? [...bound, {target: own, isLoose: false, homes: []}] : bound;
}

function isSame(one: GuestMount | undefined, other: GuestMount): boolean {
	return one?.target === other.target;
}
