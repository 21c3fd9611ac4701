import {posix} from 'node:path';
import {innermost, isWithin} from '../../spec/paths.ts';
import {fallbackPath} from './command-environment.ts';
import type {GuestMount} from './guest-tree.ts';
import type {Caller} from '../types.ts';

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

/** In PATH, where nothing else is left. */
const nowhere = '/nonexistent';
/** What differs by who looks. */
const ofProcess = ['/proc', '/dev'].map((target): GuestPlace => ({target, isGuests: true, readonly: true}));

/** The places of a planned root. `isOverlaid`: what is written there is the guest's own. */
export function placesOf(mounts: readonly GuestMount[], isOverlaid: (mount: GuestMount) => boolean = () => false): GuestPlace[] {
	const places = [
		...ofProcess,
		...mounts.map((mount): GuestPlace => ({target: mount.target, isGuests: isOverlaid(mount) || hasOther(mount), readonly: mount.readonly})),
	];
	const shows = (source: string): boolean => isOfGuest(places, source) || places.some(({target, isGuests}) => isGuests && isWithin(target, source));
	const shown = mounts.flatMap((mount): GuestPlace[] =>
		mount.kind === 'guest-bind' ? [{target: mount.target, isGuests: shows(mount.source), readonly: mount.readonly}] : [],
	);
	return [...places, ...shown];
}

function hasOther(mount: GuestMount): boolean {
	switch (mount.kind) {
		case 'ram':
		case 'image':
			return true;
		case 'hide':
		case 'guest-bind':
			return false;
		case 'bind':
			// The root's own is what it is, also of another root than the host's.
			return mount.cause !== undefined && mount.source !== mount.target;
		default:
			return mount satisfies never;
	}
}

/** Whether a path of the caller's, without links, is the guest's own. */
export function isOfGuest(places: readonly GuestPlace[], path: string): boolean {
	return innermost(places, posix.normalize(path), ({target}) => target)?.isGuests === true;
}

/** A user of a sandbox that runs as `own`, with a home that another user of it has not made. */
export function atHome<User extends {readonly uid: number; readonly home: string}>(
	places: readonly GuestPlace[],
	own: {readonly uid: number},
	user: User,
): User {
	return user.uid !== own.uid && isOfGuest(places, user.home) ? {...user, home: '/'} : user;
}

/** Where the places of an environment lead, by no link. */
export interface RealPlaces {
	readonly programs: readonly string[];
	readonly home: string | undefined;
}

/** The environment of who asks for a further command, without the places that are the guest's own: what lies there is not what they mean. */
export function withoutPlacesOfGuest(places: readonly GuestPlace[], environment: Caller['environment'], real?: RealPlaces): Caller['environment'] {
	const {PATH, HOME, ...others} = environment;
	const isOwn = (path: string | undefined): boolean => path === undefined || !isOfGuest(places, path);
	const asked = PATH?.split(':').filter((directory, index) => isOwn(directory) && isOwn(real?.programs[index])) ?? [];
	const [programs = [nowhere]] = [asked, fallbackPath.split(':').filter(isOwn)].filter(({length}) => length > 0);
	return {
		...others,
		PATH: programs.join(':'),
		...(HOME !== undefined && isOwn(HOME) && isOwn(real?.home) && {HOME}),
	};
}
