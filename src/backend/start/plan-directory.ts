import {dirname, join} from 'node:path';
import {isWithin} from '../../spec/paths.ts';
import type {SessionPlan} from '../guest/command-file.ts';
import {firmWays} from '../host/files/firm-way.ts';
import {readMountTable} from '../host/mounts/mount-table.ts';
import {findWaiting, passes} from '../host/mounts/waiting-mounts.ts';
import {isOfGuest} from '../guest/root/guest-places.ts';
import type {SessionBasis} from './running-sandbox.ts';

interface Starting {
	/** Where the caller is, if that counts. */
	readonly caller: string | undefined;
	readonly home: string | undefined;
	/** Who calls. */
	readonly user: number;
}

/** Where a command starts: `cwd`, if somebody named it, else where its caller is, or at home. */
export function planDirectory(
	{rootBase, places}: Pick<SessionBasis, 'rootBase' | 'places'>,
	cwd: string | undefined,
	{caller, home, user}: Starting,
): Pick<SessionPlan, 'directories' | 'directoryRequired' | 'isFixed'> {
	const first = cwd ?? caller ?? home ?? '/';
	return {
		directories: cwd === undefined ? [...(caller === undefined ? [] : [caller]), home ?? '/'] : [cwd],
		directoryRequired: cwd !== undefined,
		isFixed:
			// The init, root, goes there for root alone: others get where they may go.
			user === 0 &&
			places.every(({target, readonly}) => readonly || target === first || !isWithin(first, target)) &&
			!isOfGuest(places, dirname(first)) &&
			isFirm(join(rootBase, dirname(first))),
	};
}

/** Whoever asks names the place: one that has to be waited for would hold up all others whom the owner of the sandbox serves. */
function isFirm(directory: string): boolean {
	const table = readMountTable();
	return firmWays(passes(table, findWaiting(table, 0)))(directory);
}
