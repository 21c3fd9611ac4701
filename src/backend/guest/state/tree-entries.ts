import {
	chmodSync,
	closeSync,
	constants,
	fstatSync,
	ftruncateSync,
	lstatSync,
	opendirSync,
	openSync,
	readdirSync,
	unlinkSync,
	type Dirent,
	type Stats,
} from 'node:fs';
import {pathOf, pathOnly} from '../../host/files/open-in-place.ts';

const ownersAll = 0o700;
/** Of a directory that has so many bytes so many entries are read at once. */
const largeSize = 64 * 1024;
const readAtOnce = 256;

/** A descriptor of a directory, by no link, of which no file is opened, so that it takes no rights to the place itself. Undefined: it is none by now, or not the one. */
export function enter(place: Buffer, isIt: (stats: Stats) => boolean = () => true): number | undefined {
	let descriptor: number;
	try {
		descriptor = openSync(place, pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW);
	} catch {
		return undefined;
	}
	if (isIt(fstatSync(descriptor))) return descriptor;
	closeSync(descriptor);
	return undefined;
}

/**
 * Waits until a directory can be listed, where somebody keeps it locked, or waits for one of those in it: whoever tried to remove it meanwhile
 * would keep the directory that it is in locked as well, for everybody.
 */
export function awaitFree(place: Buffer, isIt?: (stats: Stats) => boolean): void {
	const directory = enter(place, isIt);
	if (directory === undefined) return;
	try {
		const entries = opendirSync(pathOf(directory), {bufferSize: 1});
		entries.readSync();
		entries.closeSync();
	} catch {
		// Nobody may list it: that is seen to later.
	} finally {
		closeSync(directory);
	}
}

/** What the clock of a directory's file system says, which need not be this host's: of a change that changes nothing. */
export function clockOf(directory: number): number {
	const {mode} = fstatSync(directory);
	try {
		chmodSync(pathOf(directory), mode & 0o7777);
	} catch {
		return Date.now();
	}
	return fstatSync(directory).ctimeMs;
}

/** What is in a directory. All at once, which is quicker, where they are few; the names have a byte a character. */
export function* entriesOf(directory: number): Generator<Dirent, void, void> {
	const place = pathOf(directory);
	const encoding = 'latin1' as const;
	if (fstatSync(directory).size < largeSize) {
		yield* readdirSync(place, {withFileTypes: true, encoding});
		return;
	}
	const entries = opendirSync(place, {encoding, bufferSize: readAtOnce});
	try {
		for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) yield entry;
	} finally {
		entries.closeSync();
	}
}

/** An entry of a directory. */
export function below(descriptor: number, name: string): Buffer {
	return Buffer.from(`${pathOf(descriptor)}/${name}`, 'latin1');
}

/** A command may have left directories that even their owner may not list, or write to: they get all rights to them. */
export function openUp(directory: number): void {
	const {mode} = fstatSync(directory);
	if ((mode & ownersAll) !== ownersAll) chmodSync(pathOf(directory), (mode & 0o7777) | ownersAll);
}

/** Whether nothing is lost with an entry. */
export function isEmptyFile(place: Buffer): boolean {
	const stats = lstatSync(place, {throwIfNoEntry: false});
	return stats?.isSymbolicLink() === true || stats?.size === 0;
}

/**
 * Removes a file, and cuts it to nothing once it has no name any more: so no memory of a file system in memory is kept by who has it open.
 * What has a second name, or is mounted there, is not touched; one that runs stays whole.
 */
export function cutAndUnlink(place: Buffer): void {
	const stats = lstatSync(place, {throwIfNoEntry: false});
	const descriptor = stats?.isFile() === true && stats.size > 0 ? openToCut(place) : undefined;
	try {
		unlinkSync(place);
		if (descriptor !== undefined && fstatSync(descriptor).nlink === 0) ftruncateSync(descriptor);
	} finally {
		if (descriptor !== undefined) closeSync(descriptor);
	}
}

function openToCut(place: Buffer): number | undefined {
	try {
		return openSync(place, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	} catch {
		return undefined;
	}
}
