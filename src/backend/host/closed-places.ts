import {lstatSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {baseDirectory, ourDirectory} from '../../core/base-directories.ts';
import {isWithin} from '../../spec/paths.ts';
import type {Caller} from '../types.ts';
import type {HostMount} from './mount-table.ts';
import {realPath} from './real-path.ts';
import {lstatWithin} from './root-directory.ts';
import type {Account, AccountFiles} from './users.ts';

/** A directory of the host that no sandbox sees, unless that very one is mounted for it. */
export interface ClosedPlace {
	/** Without links. */
	readonly path: string;
	/** Seen neither in what the sandbox may write to, which other places are. */
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
	const homes = new Set<string>();
	for (const line of accounts.passwd.split('\n')) {
		const [, , id, , , home = ''] = line.split(':');
		if (home.startsWith('/') && (account.uid === 0 || Number(id) === account.uid)) homes.add(home);
	}
	// To look at one would mount it.
	const automatic = mountTable.flatMap(({mountPoint, fileSystem}) => (fileSystem === 'autofs' ? mountPoint : []));
	const environments = [environment, ...[...homes].filter((home) => !automatic.some((place) => isWithin(home, place))).map((HOME) => ({HOME}))];
	const places = environments.flatMap((each) => [
		join(baseDirectory('config', each), 'libvirt'),
		join(baseDirectory('cache', each), 'libvirt'),
		join(ourDirectory('cache', each), 'run'),
	]);
	const closed = new Map<string, ClosedPlace>();
	for (const named of [states, ofSystem, ...places]) {
		const path = realPath(named);
		if (closed.has(path) || lstatWithin('', path)?.isDirectory() !== true) continue;
		closed.set(path, {path, always: named === states, isLoose: uid === 0 && !isOfRoot(dirname(path))});
	}
	return [...closed.values()];
}

/** Whether nobody but root can put something else in the place of a directory, or of one above. */
function isOfRoot(directory: string): boolean {
	const {uid, mode} = lstatSync(directory);
	return uid === 0 && (mode & 0o022) === 0 && (directory === '/' || isOfRoot(dirname(directory)));
}
