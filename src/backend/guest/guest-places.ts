import {posix} from 'node:path';
import {isWithin} from '../../spec/paths.ts';
import type {Account} from '../host/users.ts';
import {fallbackPath} from './command-environment.ts';
import type {GuestMount} from './guest-tree.ts';

/** A place of a guest, without links, at which something is mounted. */
export interface GuestPlace {
	readonly target: string;
	/**
	 * The guest may have something else there than its caller: memory of its own, or another directory, where a command that already runs makes
	 * what others, who come to the same path, would run or read.
	 */
	readonly isGuests: boolean;
	readonly readonly: boolean;
}

/** Where nothing else is left. */
const nowhere = '/nonexistent';
/** What differs by who looks. */
const ofProcess = ['/proc', '/dev'].map((target): GuestPlace => ({target, isGuests: true, readonly: true}));

/** The places of a planned root. `isOverlaid`: what is written there is the guest's own. */
export function placesOf(mounts: readonly GuestMount[], isOverlaid: (mount: GuestMount) => boolean = () => false): GuestPlace[] {
	return [
		...ofProcess,
		...mounts.map((mount): GuestPlace => ({target: mount.target, isGuests: isOverlaid(mount) || hasOther(mount), readonly: mount.readonly})),
	];
}

function hasOther(mount: GuestMount): boolean {
	switch (mount.kind) {
		case 'ram':
		case 'image':
		case 'guest-bind':
			return true;
		case 'hide':
			return false;
		case 'bind':
			// The root's own is what it is, also of another root than the host's.
			return mount.cause !== undefined && mount.source !== mount.target;
		default:
			return mount satisfies never;
	}
}

/** Whether a path without links lies in what is the guest's own. There it may move directories: also those that lead to what is not. */
export function isOfGuest(places: readonly GuestPlace[], path: string): boolean {
	const place = posix.normalize(path);
	return places.some(({target, isGuests}) => isGuests && isWithin(place, target));
}

/** What of a sandbox says whom its places belong to. */
export interface Sharing {
	readonly places: readonly GuestPlace[];
	/** Whom its command runs as. */
	readonly account: Pick<Account, 'uid' | 'gid' | 'groups'>;
	/** Where a path leads in its root; undefined: nobody goes so far. */
	readonly leadTo: (path: string) => string | undefined;
}

/** Whether the guest may have made what is at a path of it, by whatever links. */
export function isMadeIn({places, leadTo}: Pick<Sharing, 'places' | 'leadTo'>, path: string): boolean {
	if (isOfGuest(places, path)) return true;
	const place = leadTo(path);
	return place === undefined || isOfGuest(places, place);
}

/** Where the caller of a further command has programs looked for, but for what the guest may have made: it is not what they mean. */
export function meantPath(sharing: Pick<Sharing, 'places' | 'leadTo'>, path: string | undefined): string | undefined {
	const meant = path?.split(':').filter((directory) => !directory.startsWith('/') || !isMadeIn(sharing, directory)) ?? [];
	return meant.length === 0 ? undefined : meant.join(':');
}

/**
 * A user of a sandbox: where that has more rights than the sandbox's own, with no home and no shell of which the own one may have made what is there,
 * and where the program is looked for; that is undefined for others, who choose.
 */
export function besideOthers(sharing: Sharing, account: Account, program: string): {readonly account: Account; readonly path: string | undefined} {
	if (gainsNothing(account, sharing.account)) return {account, path: undefined};
	const isMade = (path: string): boolean => isMadeIn(sharing, path);
	const found = (paths: readonly string[], otherwise: string): string => paths.find((path) => !isMade(path)) ?? otherwise;
	const programs = fallbackPath.split(':').filter((path) => !isMade(path) && !isMade(`${path}/${program}`));
	return {
		account: {...account, home: found([account.home], '/'), shell: found([account.shell, '/bin/sh'], nowhere)},
		path: programs.length === 0 ? nowhere : programs.join(':'),
	};
}

/** Whether whoever is that user has no more rights than one who is the other: root may become anybody. */
function gainsNothing({uid, gid, groups}: Sharing['account'], other: Sharing['account']): boolean {
	const theirs = [other.gid, ...other.groups];
	return other.uid === 0 || (uid === other.uid && [gid, ...groups].every((group) => theirs.includes(group)));
}
