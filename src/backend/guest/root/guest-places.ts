import {posix} from 'node:path';
import {innermost, isWithin} from '../../../spec/paths.ts';
import type {Account} from '../../host/users.ts';
import {fallbackPath} from '../command-environment.ts';
import type {GuestMount} from './guest-tree.ts';

/** A place of a guest, without links, at which something is mounted. */
export interface GuestPlace {
	readonly target: string;
	/**
	 * The guest may have something else there than the host: memory of its own, or another directory, where a command that already runs makes
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

/** Whether what a path without links names is the guest's own, as far as that has moved nothing. */
function isGuestsOwn(places: readonly GuestPlace[], path: string): boolean {
	return innermost(places, posix.normalize(path), ({target}) => target)?.isGuests === true;
}

type Ids = Pick<Account, 'uid' | 'gid' | 'groups'>;

/** What of a sandbox says whom its places belong to. */
export interface Sharing {
	readonly places: readonly GuestPlace[];
	/** Whom its command runs as. */
	readonly account: Ids;
	/** Where a path leads in its root; undefined: nobody goes so far. */
	readonly leadTo: (path: string) => string | undefined;
}

type Grounds = Pick<Sharing, 'places' | 'leadTo'>;

/** Whether one of these says so of a path, or of where that leads. */
function leadsTo({places, leadTo}: Grounds, is: typeof isOfGuest, path: string): boolean {
	if (is(places, path)) return true;
	const place = leadTo(path);
	return place === undefined || is(places, place);
}

/** Whether a place of the caller's is another one in the guest: it is not what they mean. */
export function isOther(grounds: Grounds, path: string): boolean {
	return leadsTo(grounds, isGuestsOwn, path);
}

/** Where the caller of a further command has programs looked for, but for what is not what they mean. */
export function meantPath(grounds: Grounds, path: string | undefined): string | undefined {
	const meant = path?.split(':').filter((directory) => !directory.startsWith('/') || !isOther(grounds, directory)) ?? [];
	return meant.length === 0 ? undefined : meant.join(':');
}

/** A user of a sandbox, and what counts for them. */
export interface SharingUser {
	readonly account: Account;
	/** They have no more rights than the sandbox's own user: what the caller has counts. */
	readonly isTrusting: boolean;
	/** Else where the program is looked for. */
	readonly path: string | undefined;
}

/** Who has more rights than the sandbox's own user has no home and no shell of which that one may have made what is there, nor looks for the program there. */
export function besideOthers(sharing: Sharing, account: Account, program: string): SharingUser {
	if (gainsNothing(account, sharing.account)) return {account, isTrusting: true, path: undefined};
	const isMade = (path: string): boolean => leadsTo(sharing, isOfGuest, path);
	const found = (paths: readonly string[], otherwise: string): string => paths.find((path) => !isMade(path)) ?? otherwise;
	const programs = fallbackPath.split(':').filter((path) => !isMade(path) && !isMade(`${path}/${program}`));
	return {
		account: {...account, home: found([account.home], '/'), shell: found([account.shell, '/bin/sh'], nowhere)},
		isTrusting: false,
		path: programs.length === 0 ? nowhere : programs.join(':'),
	};
}

/** Whether whoever is that user has no more rights than one who is the other: root may become anybody. */
export function gainsNothing({uid, gid, groups}: Ids, other: Ids): boolean {
	const theirs = [other.gid, ...other.groups];
	return other.uid === 0 || (uid === other.uid && [gid, ...groups].every((group) => theirs.includes(group)));
}
