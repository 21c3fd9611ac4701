import {lstatSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {baseDirectory, ourDirectory} from '../../core/base-directories.ts';
import {isWithin} from '../../spec/paths.ts';
import type {Caller} from '../types.ts';
import {isFirmWay, statIfThere} from './firm-way.ts';
import {onceEach} from './once.ts';
import type {HostMount} from './mount-table.ts';
import {realPath} from './real-path.ts';
import type {Account, AccountFiles} from './users.ts';

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
	// To look at one would mount it.
	const automatic = mountTable.flatMap(({mountPoint, fileSystem}) => (fileSystem === 'autofs' ? mountPoint : []));
	const users = [{environment, id: uid}, ...usersOf(accounts, account)].filter(
		({environment: {HOME = '/'}}) => !automatic.some((place) => isWithin(HOME, place)),
	);
	// Most have none of these, and many share a home.
	const isThere = onceEach((directory) => statIfThere(directory)?.isDirectory() === true);
	const places = users.flatMap(({environment: each, id}) => {
		const [config, cache] = [baseDirectory('config', each), baseDirectory('cache', each)];
		const inConfig = isThere(config) ? [join(config, 'libvirt')] : [];
		const inCache = isThere(cache) ? [join(cache, 'libvirt'), join(ourDirectory('cache', each), 'run')] : [];
		return [...inConfig, ...inCache].map((path) => ({path, id}));
	});
	const closed = new Map<string, ClosedPlace>();
	for (const {path: named, id} of [{path: states, id: undefined}, {path: ofSystem, id: undefined}, ...places]) {
		const stats = statIfThere(named);
		// A user who has a link to another's directory in its place covers nothing of that.
		if (stats?.isDirectory() !== true || (id !== undefined && (stats.uid !== id || lstatSync(named).isSymbolicLink()))) continue;
		const path = realPath(named);
		if (!closed.has(path)) closed.set(path, {path, always: named === states, isLoose: uid === 0 && !isFirmWay(dirname(path))});
	}
	return [...closed.values()];
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
