import {lstatSync, readlinkSync, type Stats} from 'node:fs';
import {dirname, join} from 'node:path';
import {ourDirectory, variableOf, type FileKind} from '../../../core/base-directories.ts';
import {ShellError} from '../../../core/errors.ts';
import {makeDirectories} from './make-directories.ts';

const othersWrite = {group: 0o020, all: 0o002} as const;
const sticky = 0o1000;
const mostLinks = 40;

/**
 * Refuses a directory whose files another user than us and root could make, change or replace: it and all on the way to it belong to
 * us or root, all may write to none of them but where the sticky bit keeps what is ours, and no group to the directory itself.
 * What is not there yet is nobody's. `instead`: what names another place. Gives the path.
 */
export function requireOwnDirectory(path: string, instead: string): string {
	hasOwnDirectory(path, instead);
	return path;
}

/** Refuses the same, and says whether the directory is there: only then nobody else can put something there before it is used. */
export function hasOwnDirectory(path: string, instead: string): boolean {
	const rest = partsOf(path);
	let way = '/';
	let links = 0;
	for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
		if (part === '..') {
			way = dirname(way);
			continue;
		}
		const here = join(way, part);
		const stats = look(here);
		if (stats === undefined) return false;
		const target = stats.isSymbolicLink() ? readlinkSync(here) : undefined;
		const fault = describeFault(stats, {isLast: rest.length === 0, isTooMuch: target !== undefined && ++links > mostLinks});
		if (fault !== undefined) {
			const on = here === path ? '' : `, on the way to ${path},`;
			throw new ShellError('refused', `${here}${on} ${fault}`, {hint: `Remove or fix it, or ${instead}`});
		}
		if (target === undefined) {
			way = here;
		} else {
			if (target.startsWith('/')) way = '/';
			rest.unshift(...partsOf(target));
		}
	}
	return true;
}

/** Where a person's files of a kind are that are ours, or those in a directory of that; refused where others could plant them. */
export function ownDirectory(kind: FileKind, environment: Readonly<Record<string, string | undefined>>, below = ''): string {
	const own = requireOwnDirectory(ourDirectory(kind, environment), insteadOf(kind));
	return below === '' ? own : requireOwnDirectory(join(own, below), insteadOf(kind));
}

/** What names another place for files of a kind. */
export function insteadOf(kind: FileKind): string {
	return `set ${variableOf(kind)} to a directory of yours`;
}

/** Makes a directory of ours, mode 0700 if not said otherwise, where it is not there yet; refuses what requireOwnDirectory does. Gives the path. */
export function makeOwnDirectory(path: string, instead: string, mode = 0o700): string {
	if (hasOwnDirectory(path, instead)) return path;
	try {
		makeDirectories(path, mode);
	} catch (cause) {
		throw new ShellError('unavailable', `Cannot make the directory ${path}`, {hint: `Make it yourself, or ${instead}`, cause});
	}
	// Somebody may have made it meanwhile.
	return requireOwnDirectory(path, instead);
}

/** Whether a file in a directory of ours is nobody's but ours and root's to write to. */
export function isOwnFile(path: string): boolean {
	const stats = lstatSync(path, {throwIfNoEntry: false});
	return stats?.isFile() === true && isOursAlone(stats);
}

/** Whether what this tells of is ours or root's, and nobody else's to write to. */
export function isOursAlone(stats: Stats): boolean {
	return isOwned(stats) && (stats.mode & (othersWrite.group | othersWrite.all)) === 0;
}

function partsOf(path: string): string[] {
	return path.split('/').filter((part) => part !== '' && part !== '.');
}

function look(path: string): Stats | undefined {
	try {
		return lstatSync(path, {throwIfNoEntry: false});
	} catch (cause) {
		throw new ShellError('refused', `${path} cannot be looked at`, {hint: 'Is it yours?', cause});
	}
}

function describeFault(stats: Stats, {isLast, isTooMuch}: {readonly isLast: boolean; readonly isTooMuch: boolean}): string | undefined {
	const {mode} = stats;
	if (!isOwned(stats)) return `belongs to another user, whose id is ${stats.uid}`;
	if (stats.isSymbolicLink()) return isTooMuch ? 'is a link among too many' : undefined;
	if (!stats.isDirectory()) return 'is no directory';
	const isOpen = isLast ? (mode & (othersWrite.group | othersWrite.all)) !== 0 : (mode & othersWrite.all) !== 0 && (mode & sticky) === 0;
	return isOpen ? 'is a directory that others may write to' : undefined;
}

function isOwned({uid}: Stats): boolean {
	return uid === 0 || uid === process.geteuid?.();
}
