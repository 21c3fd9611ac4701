import {chownSync, closeSync, constants, existsSync, fstatSync, openSync, writeFileSync, type BigIntStats} from 'node:fs';
import {dirname, join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {isCode, listStates} from '../guest/state-directory.ts';
import {readRegularFile} from '../host/read-regular-file.ts';
import {realPath} from '../host/real-path.ts';
import {pathOnly} from '../host/root-directory.ts';

/** Who a file belongs to. */
export interface Owner {
	readonly uid: number;
	readonly gid: number;
}

/** A file of the host that libvirt gives to QEMU's user, and whose it was. */
interface LentImage extends Owner {
	readonly path: string;
	/** Which file it is, whatever has its name later; decimal. */
	readonly device: string;
	readonly inode: string;
	/** When it was made, in nanoseconds: another file may get its inode. */
	readonly born: string;
}

interface Lent {
	/** Whom they are given to. */
	readonly user: Owner;
	readonly images: readonly LentImage[];
}

const mostBytes = 1024 ** 2;
const fileOf = (statePath: string): string => join(statePath, 'lent');

/**
 * Writes down beside a machine whose its read-only images are, before libvirt gives them to QEMU's user: it gives back only what the
 * machine may write to. What another machine of ours has been lent already belongs to whom that one has it from.
 */
export function lendImages(statePath: string, images: ReadonlyArray<{readonly source: string; readonly readonly: boolean}>, user: Owner): void {
	// Nobody else can give a file back.
	if (process.geteuid?.() !== 0) return;
	const lent = images.filter(({readonly}) => readonly).flatMap(({source}) => findOwner(realPath(source), user, dirname(statePath)) ?? []);
	if (lent.length > 0) writeFileSync(fileOf(statePath), JSON.stringify({user, images: lent} satisfies Lent), {mode: 0o600, flag: 'wx'});
}

/** Gives the images of a machine that is over back to whom they belonged, as far as they are still what was lent. */
export function returnImages(statePath: string): void {
	const lent = readLent(statePath);
	for (const image of lent?.images ?? []) {
		withFile(image.path, (stats, place) => {
			if (lent === undefined || !isFile(image, stats) || !isOwner(lent.user, ownerOf(stats))) return;
			try {
				chownSync(place, image.uid, image.gid);
			} catch (cause) {
				throw new ShellError('failed', `The image ${image.path} cannot be given back to its owner, ${image.uid}:${image.gid}`, {
					hint: 'Look at its file system, then give it back by chown',
					cause,
				});
			}
		});
	}
}

/** Undefined: it is QEMU's user's own, or is not there. */
function findOwner(path: string, user: Owner, states: string): LentImage | undefined {
	const first = look(path);
	if (first === undefined) return undefined;
	const found = findLender(first, states) ?? first;
	if (!isOwner(user, found)) return found;
	// A machine that has just ended has given it back before what told of that went.
	const last = look(path);
	return last === undefined || isOwner(user, last) ? undefined : last;
}

function look(path: string): LentImage | undefined {
	return withFile(path, (stats) => ({path, device: String(stats.dev), inode: String(stats.ino), born: String(stats.birthtimeNs), ...ownerOf(stats)}));
}

/** The same file with its owner from before another machine had it. */
function findLender(image: LentImage, states: string): LentImage | undefined {
	for (const id of listStates(states)) {
		const other = readLent(join(states, id));
		const lent = other?.images.find(({device, inode, born}) => device === image.device && inode === image.inode && born === image.born);
		if (other !== undefined && lent !== undefined && isOwner(other.user, image)) return {...image, uid: lent.uid, gid: lent.gid};
	}
	return undefined;
}

/** Undefined where there is none; throws where it is not ours, or not whole. */
function readLent(statePath: string): Lent | undefined {
	const file = fileOf(statePath);
	try {
		return existsSync(file) ? (JSON.parse(readRegularFile(file, {most: mostBytes, isOurs: true}).toString()) as Lent) : undefined;
	} catch (error) {
		// It went between the two, or is just being written: nothing is lent then.
		if (isCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
		throw error;
	}
}

/** Looks at what a path without links names, which is not opened; gives with it where that very file can be found. Undefined: nothing is there. */
function withFile<Result>(path: string, use: (stats: BigIntStats, place: string) => Result): Result | undefined {
	let descriptor: number;
	try {
		descriptor = openSync(path, pathOnly | constants.O_NOFOLLOW);
	} catch {
		return undefined;
	}
	try {
		return use(fstatSync(descriptor, {bigint: true}), `/proc/self/fd/${descriptor}`);
	} finally {
		closeSync(descriptor);
	}
}

function ownerOf({uid, gid}: BigIntStats): Owner {
	return {uid: Number(uid), gid: Number(gid)};
}

function isFile({device, inode, born}: LentImage, {dev, ino, birthtimeNs}: BigIntStats): boolean {
	return device === String(dev) && inode === String(ino) && born === String(birthtimeNs);
}

function isOwner(a: Owner, b: Owner): boolean {
	return a.uid === b.uid && a.gid === b.gid;
}
