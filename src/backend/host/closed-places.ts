import {basename, dirname, join} from 'node:path';
import {baseDirectory, ourName} from '../../core/base-directories.ts';
import type {Caller} from '../types.ts';
import {isFirmWay, lstatIfThere, statIfThere} from './firm-way.ts';
import {onceEach} from './once.ts';
import type {HostMount} from './mount-table.ts';
import {realPath} from './real-path.ts';
import {lookAt, type FoundPlace} from './root-directory.ts';
import type {Account, AccountFiles} from './users.ts';
import {findWaiting, isRemote, keepsOff} from './waiting-mounts.ts';

/** A directory of the host that no sandbox sees, unless that very one is mounted for it. */
export interface ClosedPlace {
	/** Without links. */
	readonly path: string;
	/** Covered in what the sandbox may write to as well, where other places stay in sight. */
	readonly always: boolean;
	/** Others than root could lead a mount by its path elsewhere. */
	readonly isLoose: boolean;
}

/** Where libvirtd has its own files, and each QEMU the socket of its monitor. */
const ofSystem = '/var/lib/libvirt';

/**
 * Where somebody listens who would do with the host what a sandbox asks: libvirtd and QEMU outside of /run, also those of users without
 * XDG_RUNTIME_DIR. And where sandboxes have their state: `states` is the caller's own. Of users those count whom the command is, for root all.
 *
 * Users say what lies in their homes, and could have it wait for ever: what such a file system holds is not looked at.
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
	const others = lookPast(waiting);
	const own = lookPast(waiting.filter((mount) => !isRemote(mount)));
	for (const {environment: each, id} of [{environment, id: uid}, ...usersOf(accounts, account)]) {
		const {directory, look} = id === uid ? own : others;
		const [config, cache] = [directory(baseDirectory('config', each)), directory(baseDirectory('cache', each))];
		const inConfig = config === undefined ? [] : [join(config, 'libvirt')];
		const inCache = cache === undefined ? [] : [join(cache, 'libvirt'), join(cache, ourName, 'run')];
		for (const named of [...inConfig, ...inCache]) {
			// A user who has a link to another's directory in its place covers nothing of that.
			const {path, stats} = look(named) ?? {};
			if (path === undefined || stats?.isDirectory() !== true || stats.uid !== id || closed.has(path)) continue;
			closed.set(path, {path, always: false, isLoose: uid === 0 && (id !== 0 || !isFirmWay(dirname(path)))});
		}
	}
	return [...closed.values()];
}

interface HomeLook {
	/** Where a directory is without links; undefined: there is none, or none that may be asked. */
	readonly directory: (path: string) => string | undefined;
	/** What lies in one of those, no link followed, whoever changes the way to it meanwhile. */
	readonly look: (path: string) => FoundPlace | undefined;
}

/** Looks into homes but not past these mounts. Most hold nothing that matters, and many users share one: each place is asked for once. */
function lookPast(waiting: readonly HostMount[]): HomeLook {
	const mayEnter = keepsOff(waiting);
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
	if (waiting.length > 0) return {directory, look};
	// Where nothing waits, one question tells of most that they are not there.
	return {directory: onceEach((path) => (statIfThere(path) === undefined ? undefined : directory(path))), look};
}

function usersOf(
	{passwd}: Pick<AccountFiles, 'passwd'>,
	{uid}: Pick<Account, 'uid'>,
): Array<{readonly environment: {readonly HOME: string}; readonly id: number}> {
	return passwd.split('\n').flatMap((line) => {
		const [, , id, , , home = ''] = line.split(':');
		return home.startsWith('/') && (uid === 0 || Number(id) === uid) ? {environment: {HOME: home}, id: Number(id)} : [];
	});
}
