import {closeSync, constants, fstatSync, lstatSync, opendirSync, openSync, readdirSync, readFileSync, readlinkSync, type Dirent, type Stats} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {pathForNode, wordFromBytes} from '../../../core/bytes.ts';
import {lstatIfThere} from './firm-way.ts';
import {ifThere} from './if-there.ts';
import {openInPlace, pathOf, pathOnly} from './open-in-place.ts';
import {readRegularFile} from './read-regular-file.ts';

/**
 * Looks into a directory that serves as a root as a process would that has it as its root: links on the way, absolute ones and `..`
 * too, never lead out of it. Whoever wrote it may be hostile: nothing but a regular file is opened, and what is read is bounded.
 *
 * `base` is the root's path on the host, without links; '' is the host's own, which is read directly. Paths are the root's, absolute.
 */

/** The kernel follows no more of them on one way. */
export const mostLinks = 40;
/** Of one directory: each at the top is a mount. */
const mostEntries = 1024;

interface Opened {
	readonly descriptor: number;
	readonly stats: Stats;
	/** Without links, below the root. */
	readonly place: string;
}

/** What the host has at a path. */
export interface FoundPlace {
	/** Without links. */
	readonly path: string;
	readonly stats: Stats;
}

/**
 * What the host has at a path, no link followed at its end, asking only file systems that may be asked: `mayEnter` is told each place on
 * the way before anybody looks at it. Undefined: nothing, or it is behind such a place.
 */
export function lookAt(path: string, mayEnter: (place: string) => boolean): FoundPlace | undefined {
	const [, parent = '', name = ''] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
	return ifThere(() =>
		visit('/', parent, {follow: true, mayEnter}, ({descriptor, place}) => {
			const here = join(place || '/', name);
			// Most of what is asked for is not there: without a fault, which takes its time.
			const stats = mayEnter(here) ? lstatSync(pathForNode(`${pathOf(descriptor)}/${name}`), {throwIfNoEntry: false}) : undefined;
			return stats && {path: here, stats};
		}),
	);
}

/** What a root has at a path, no link followed at its end; undefined: nothing that can be reached. */
export function lstatWithin(base: string, path: string): Stats | undefined {
	// Undefined also where a file is on the way.
	return base === '' ? lstatIfThere(path) : ifThere(() => visit(base, path, {follow: false}, ({stats}) => stats));
}

/** Where a link of a root leads, as it says itself; undefined: there is none, as where something else took its place since somebody looked. */
export function readlinkWithin(base: string, path: string): string | undefined {
	const [, parent = '', name = ''] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
	const to = ifThere(() =>
		base === ''
			? readlinkSync(pathForNode(path), 'buffer')
			: visit(base, parent, {follow: true}, ({descriptor}) => readlinkSync(pathForNode(`${pathOf(descriptor)}/${name}`), 'buffer')),
	);
	return to && wordFromBytes(to);
}

/** The entries of a directory of a root; throws as the system does, and where they are too many. */
export function listWithin(base: string, path: string): Dirent[] {
	return base === ''
		? readdirSync(pathForNode(path), {withFileTypes: true})
		: visit(base, path, {follow: true}, ({descriptor}) => listBounded(base, path, descriptor));
}

/** The text of a regular file of a root, of `most` bytes at most, links followed; undefined: nothing that can be reached. */
export function readWithin(base: string, path: string, most: number): string | undefined {
	try {
		return base === ''
			? readFileSync(pathForNode(path), 'utf8')
			: visit(base, path, {follow: true}, (file) => readOpened(file, `${path} of the root ${base}`, most));
	} catch (error) {
		if (error instanceof ShellError) throw error;
		return undefined;
	}
}

interface Manner {
	/** A link at the end, too. */
	readonly follow: boolean;
	readonly mayEnter?: (place: string) => boolean;
}

/** Walks from the root one name at a time, each by the descriptor of the directory before it, so that nothing can change the way in between. */
function visit<Result>(base: string, path: string, {follow, mayEnter}: Manner, use: (opened: Opened) => Result): Result {
	const way: Opened[] = [];
	const leave = (left: number): void => {
		for (const {descriptor} of way.splice(left)) closeSync(descriptor);
	};
	try {
		let at = enter(way, '', openInPlace(base, pathOnly | constants.O_DIRECTORY));
		const rest = path.split('/').toReversed();
		for (let links = 0; rest.length > 0;) {
			const name = rest.pop() ?? '';
			if (!at.stats.isDirectory()) throw fault('ENOTDIR', path);
			if (name === '..') leave(Math.max(1, way.length - 1));
			else if (name !== '' && name !== '.') {
				const here = `${pathOf(at.descriptor)}/${name}`;
				const place = `${at.place}/${name}`;
				if (mayEnter?.(place) === false) throw fault('EACCES', path);
				const {stats} = enter(way, place, openSync(pathForNode(here), pathOnly | constants.O_NOFOLLOW));
				if (stats.isSymbolicLink() && (follow || rest.length > 0)) {
					if (++links > mostLinks) throw fault('ELOOP', path);
					const to = wordFromBytes(readlinkSync(pathForNode(here), 'buffer'));
					leave(to.startsWith('/') ? 1 : way.length - 1);
					rest.push(...to.split('/').toReversed());
				}
			}
			at = way.at(-1) ?? at;
		}
		return use(at);
	} finally {
		leave(0);
	}
}

function enter(way: Opened[], place: string, descriptor: number): Opened {
	const opened = {descriptor, stats: fstatSync(descriptor), place};
	way.push(opened);
	return opened;
}

function listBounded(base: string, path: string, descriptor: number): Dirent[] {
	const directory = opendirSync(pathOf(descriptor));
	try {
		const entries: Dirent[] = [];
		for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
			entries.push(entry);
			if (entries.length > mostEntries) {
				throw new ShellError('refused', `${path} of the root ${base} has more than ${mostEntries} entries`, {
					hint: 'Give --root a directory with a system in it',
				});
			}
		}
		return entries;
	} finally {
		directory.closeSync();
	}
}

function readOpened({descriptor, stats}: Opened, name: string, most: number): string {
	// A device may do something when it is opened.
	if (!stats.isFile()) throw new ShellError('refused', `${name} is not a regular file`, {hint: 'Give --root a directory with a system in it'});
	// By its own descriptor: this opens that very file.
	return readRegularFile(pathOf(descriptor), {name, most}).toString();
}

function fault(code: string, path: string): Error {
	return Object.assign(new Error(`${code}: ${path}`), {code});
}
