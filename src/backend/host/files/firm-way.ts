import {lstatSync, realpathSync, statSync, type Stats} from 'node:fs';
import {dirname} from 'node:path';
import {pathForNode} from '../../../core/bytes.ts';
import {waysTo} from '../../../spec/paths.ts';
import {onceEach} from '../../../core/once.ts';
import {ifThere} from './if-there.ts';

const mode = {othersWrite: 0o022, allWrite: 0o002, sticky: 0o1000};

/**
 * Whether nobody but root, and a user, can put something else in the place of what lies in a directory without links, or of one above. Asked
 * from the top: nothing is looked at that others could have led elsewhere.
 */
export function isFirmWay(directory: string, user = 0): boolean {
	return isWayTo(directory, user) && isFirmStep(directory, false, user);
}

/** The same of a directory that need not be there, with no look at places where `mayEnter` says no, nor by a link of somebody else's. */
export function isFirmWayAsFar(directory: string, mayEnter: (place: string) => boolean, user = 0): boolean {
	let last = '/';
	for (const next of waysTo(directory)) {
		if (!isFirmStep(last, true, user) || !mayEnter(next)) return false;
		const entry = lstatIfThere(next);
		if (entry === undefined) break;
		if (![0, user].includes(entry.uid)) return false;
		last = next;
	}
	if (!isFirmStep(last, false, user)) return false;
	// What root's own links lead by.
	const real = realpathSync(last);
	return real === last || isFirmWayAsFar(real, mayEnter, user);
}

/** One step of that: the directory itself, or one above it; in one with the sticky bit each entry is its owner's. */
export function isFirmStep(directory: string, isAbove: boolean, user = 0): boolean {
	return isTheirs(directory, user, mode.othersWrite) || (isAbove && isTheirs(directory, user, 0, mode.sticky));
}

/**
 * The same where nobody else makes an entry in a directory above either: what lies in one with the sticky bit is its owner's, and yet others
 * may have moved it there.
 */
export function isSoleWay(directory: string, user = 0): boolean {
	const above = dirname(directory);
	return (above === directory || isSoleWay(above, user)) && isTheirs(directory, user, mode.othersWrite);
}

function isWayTo(directory: string, user: number): boolean {
	const above = dirname(directory);
	return above === directory || (isWayTo(above, user) && isFirmStep(above, true, user));
}

/** Says whether nobody but root, and a user, can change the way to a directory, without a look at places where `mayEnter` says no. */
export function firmWays(mayEnter: (place: string) => boolean, user = 0): (directory: string) => boolean {
	return onceEach((directory: string) => waysTo(directory).every((each) => mayEnter(each)) && isFirmWay(directory, user));
}

function isTheirs(directory: string, user: number, without: number, needs = 0): boolean {
	const stats = statIfThere(directory);
	return stats !== undefined && [0, user].includes(stats.uid) && (stats.mode & without) === 0 && (stats.mode & needs) === needs;
}

/** Whether nobody but root changes what a directory holds. */
export function isRoots({uid, mode: bits}: Pick<Stats, 'uid' | 'mode'>): boolean {
	return uid === 0 && (bits & mode.othersWrite) === 0;
}

/** The same of root and a user, who may have a group of their own, and let that write to it. */
export function isOwn(stats: Pick<Stats, 'uid' | 'mode'>, user: number): boolean {
	return isRoots(stats) || (user !== 0 && stats.uid === user && (stats.mode & mode.allWrite) === 0);
}

/** Most of what is asked for is not there: without a fault, which takes its time. */
export function statIfThere(path: string): Stats | undefined {
	return ifThere(() => statSync(pathForNode(path), {throwIfNoEntry: false}));
}

/** The same of a link itself. */
export function lstatIfThere(path: string): Stats | undefined {
	return ifThere(() => lstatSync(pathForNode(path), {throwIfNoEntry: false}));
}
