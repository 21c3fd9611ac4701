import {basename, dirname, join} from 'node:path';
import {baseDirectory, ourName} from '../../../core/base-directories.ts';
import {onceEach} from '../../../core/once.ts';
import type {Caller} from '../caller.ts';
import {isFirmWay, isRoots, lstatIfThere, statIfThere} from '../files/firm-way.ts';
import {followRoots, type RootsWay} from '../files/follow-roots.ts';
import {realPath} from '../files/real-path.ts';
import {lookAt, type FoundPlace} from '../files/root-directory.ts';
import type {Account, AccountFiles} from '../users.ts';
import type {HostMount} from './mount-table.ts';
import {findWaiting, isRemote, passes} from './waiting-mounts.ts';

/** A directory of the host that no sandbox sees, unless that very one is mounted for it. */
export interface ClosedPlace {
	/** Without links. */
	readonly path: string;
	/** Covered in what the sandbox may write to as well, where other places stay in sight. */
	readonly always: boolean;
	/** Others than root could lead a mount by its path elsewhere. */
	readonly isLoose: boolean;
	/**
	 * The directory from which on others than root may change the way to it, as a user's home. Nobody has looked in there whether there
	 * is such a place, as whoever does may wait for ever: a link, as anything else, does not count as one.
	 */
	readonly home?: string;
	/** It holds what sandboxes of the caller have written, and their secrets, now or later: it stays once the last one has ended. */
	readonly isState?: true;
}

/** Where libvirtd has its own files, and each QEMU the socket of its monitor. */
const ofSystem = '/var/lib/libvirt';

/**
 * Where somebody listens who would do with the host what a sandbox asks: libvirtd and QEMU outside of /run, also those of users without
 * XDG_RUNTIME_DIR. And where sandboxes have their state: `states` is the caller's own. Of users those count whom the command is, for root all.
 *
 * Users say what lies in their homes, and could have whoever looks there wait for ever: root does not.
 */
export function findClosedPlaces({
	caller: {environment, uid},
	account,
	accounts,
	states,
	mountTable,
}: {
	readonly caller: Pick<Caller, 'environment' | 'uid'>;
	readonly account: Pick<Account, 'uid'>;
	readonly accounts: Pick<AccountFiles, 'passwd'>;
	readonly states: string;
	readonly mountTable: readonly HostMount[];
}): ClosedPlace[] {
	const closed = new Map<string, ClosedPlace>();
	for (const named of [states, ofSystem]) {
		if (statIfThere(named)?.isDirectory() !== true) continue;
		const path = realPath(named);
		closed.set(path, {path, always: named === states, isLoose: uid === 0 && !isFirmWay(dirname(path))});
	}
	const waiting = findWaiting(mountTable, uid);
	const served = waiting.filter((mount) => !isRemote(mount));
	const all = [{environment, id: uid}, ...usersOf(accounts, account)];
	const found =
		uid === 0
			? findForRoot(all, {own: passes(mountTable, served), others: passes(mountTable, waiting)})
			: findForUser(
					all.filter(({id}) => id === uid),
					passes(mountTable, served),
				);
	for (const place of found) if (!closed.has(place.path)) closed.set(place.path, place);
	return [...closed.values()];
}

/** Whether a place may be asked. */
type MayEnter = (place: string) => boolean;

interface Person {
	readonly environment: Caller['environment'];
	readonly id: number;
}

/** Where they have theirs, by name. */
function namesOf({environment}: Pick<Person, 'environment'>): {readonly config: string; readonly cache: string} {
	return {config: baseDirectory('config', environment), cache: baseDirectory('cache', environment)};
}

const stateInCache = join(ourName, 'run');
const [inConfig, inCache] = [['libvirt'], ['libvirt', stateInCache]];

/** Looks at nothing that others may change: what they might have there is a place whether it is or not. */
function findForRoot(people: readonly Person[], mayEnter: Readonly<Record<'own' | 'others', MayEnter>>): ClosedPlace[] {
	const [own, others] = [followRoots(mayEnter.own), followRoots(mayEnter.others)];
	return people.flatMap((person): ClosedPlace[] => {
		const {id, environment} = person;
		if (id === 0) return placesOf(person).flatMap((named) => closedAt(own(named), id));
		const home = others(environment['HOME'] ?? '/');
		if (home === undefined || !isHome(home, id)) return [];
		// Nearly all are so: no further look.
		if (home.beyond !== undefined || !isRoots(home.stats))
			return placesOf({environment: {HOME: join(home.path, home.beyond ?? '')}}).map((path) => ofHome(path, home.path));
		return placesOf(person).flatMap((named) => closedAt(others(named), id));
	});
}

function closedAt(way: RootsWay | undefined, id: number): ClosedPlace[] {
	if (way?.stats.isDirectory() !== true) return [];
	const {path, stats, beyond} = way;
	if (beyond !== undefined) return [ofHome(join(path, beyond), path)];
	if (stats.uid !== id) return [];
	return [id === 0 ? {path, always: false, isLoose: false} : ofHome(path, path)];
}

function ofHome(path: string, home: string): ClosedPlace {
	return {path, always: false, isLoose: true, home};
}

function placesOf(person: Pick<Person, 'environment'>): string[] {
	return placesIn(namesOf(person));
}

function placesIn({config, cache}: Readonly<Record<'config' | 'cache', string | undefined>>): string[] {
	return [
		...(config === undefined ? [] : inConfig.map((name) => join(config, name))),
		...(cache === undefined ? [] : inCache.map((name) => join(cache, name))),
	];
}

/** Somebody else's is no home of theirs; one in a directory of others' may be. */
function isHome({beyond, stats}: RootsWay, id: number): boolean {
	return stats.isDirectory() && (beyond !== undefined || stats.uid === id || isRoots(stats));
}

/** They wait for what is theirs everywhere. */
function findForUser(people: readonly Person[], mayEnter: MayEnter): ClosedPlace[] {
	const {directory, look} = lookPast(mayEnter);
	return people.flatMap((person): ClosedPlace[] => {
		const {config, cache} = namesOf(person);
		return placesIn({config: directory(config), cache: directory(cache)}).flatMap((each): ClosedPlace[] => {
			// A user who has a link to another's directory in its place covers nothing of that.
			const {path, stats} = look(each) ?? {};
			return path === undefined || stats?.isDirectory() !== true || stats.uid !== person.id
				? []
				: [{path, always: false, isLoose: false, ...(each.endsWith(`/${stateInCache}`) && {isState: true})}];
		});
	});
}

interface HomeLook {
	/** Where a directory is without links; undefined: there is none, or none that may be asked. */
	readonly directory: (path: string) => string | undefined;
	/** What lies in one of those, no link followed, whoever changes the way to it meanwhile. */
	readonly look: (path: string) => FoundPlace | undefined;
}

/** Looks into homes where that may be. Most hold nothing that matters, and many users share one: each place is asked for once. */
function lookPast(mayEnter: MayEnter): HomeLook {
	const look = onceEach((path) => lookAt(path, mayEnter));
	const directory = onceEach((path: string): string | undefined => {
		if (path === '/') return path;
		const parent = directory(dirname(path));
		const here = parent === undefined ? undefined : join(parent, basename(path));
		if (here === undefined || !mayEnter(here)) return undefined;
		const stats = lstatIfThere(here);
		const found = stats?.isSymbolicLink() === true ? look(`${here}/.`) : stats && {path: here, stats};
		return found?.stats.isDirectory() === true ? found.path : undefined;
	});
	return {directory, look};
}

function usersOf({passwd}: Pick<AccountFiles, 'passwd'>, {uid}: Pick<Account, 'uid'>): Person[] {
	return passwd.split('\n').flatMap((line) => {
		const [, , id, , , home = ''] = line.split(':');
		return home.startsWith('/') && (uid === 0 || Number(id) === uid) ? {environment: {HOME: home}, id: Number(id)} : [];
	});
}
