import {chownSync, closeSync, existsSync, fstatSync, rmSync, writeFileSync, type BigIntStats} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {isCode} from '../../core/is-code.ts';
import {listStates, readOwnerRecord} from '../guest/state/state-directory.ts';
import {withHostLock} from '../host/host-lock.ts';
import {ifThere} from '../host/files/if-there.ts';
import {openInPlace, pathOf, pathOnly} from '../host/files/open-in-place.ts';
import {readRegularFile} from '../host/files/read-regular-file.ts';
import type {Voice} from '../types.ts';

/** Who a file belongs to. */
interface Owner {
	readonly uid: number;
	readonly gid: number;
}

/** Which file it is, whatever has its name later; decimal. */
interface FileIdentity {
	readonly device: string;
	readonly inode: string;
	/** When it was made, in nanoseconds: another file may get its inode. `0`: its file system does not tell, so that no file is known again. */
	readonly born: string;
}

/** A file of the host that is given to QEMU's user, and whose it was. */
interface LentImage extends Owner, FileIdentity {
	readonly path: string;
}

interface Lent {
	/** Whom they are given to. */
	readonly user: Owner;
	readonly images: readonly LentImage[];
}

const untold = '0';
const mostBytes = 1024 ** 2;
/** How long other machines that lend or give back are waited for, in milliseconds. */
const turnMs = 5000;
const fileOf = (statePath: string): string => join(statePath, 'lent');

/**
 * Gives the images of a machine to QEMU's user, each as the file that lies there without a link on the way, and before that writes down
 * beside the machine whose they are. What another machine of ours has been lent already belongs to whom that one has it from. What would
 * not be known again is not given back, of which is told.
 */
export async function lendImages(
	statePath: string,
	images: ReadonlyArray<{readonly source: string}>,
	user: Owner,
	voice: Pick<Voice, 'notice'>,
	give: typeof chownSync = chownSync,
): Promise<void> {
	await inTurn(statePath, () => {
		withFiles(
			images.map(({source}) => source),
			(files) => {
				const found = files.flatMap((file) => {
					settle(file, user);
					const image = findOwner(file, user, dirname(statePath));
					return image === undefined ? [] : {image, place: file.place};
				});
				const lent = found.flatMap(({image}) => (image.born === untold ? [] : image));
				if (lent.length > 0) writeFileSync(fileOf(statePath), JSON.stringify({user, images: lent} satisfies Lent), {mode: 0o600, flag: 'wx'});
				for (const {image, place} of found) if (giveAway(place, image, {user, give}) && image.born === untold) tellKept(image.path, voice);
			},
		);
	});
}

/** A file of an overlay's lower directory becomes another one when its owner changes: before anybody looks which it is. */
function settle({place, look: lookAt}: HeldFile, user: Owner): void {
	const owner = ownerOf(lookAt());
	if (!isOwner(user, owner)) ifThere(() => chownSync(place, owner.uid, owner.gid));
}

/** False: its file system does not let it be given away, and who may open it says so itself. */
function giveAway(place: string, {path}: LentImage, {user, give}: {readonly user: Owner; readonly give: typeof chownSync}): boolean {
	try {
		give(place, user.uid, user.gid);
		return true;
	} catch (cause) {
		if (['EPERM', 'EROFS', 'ENOTSUP', 'ENOSYS'].some((code) => isCode(cause, code))) return false;
		throw new ShellError('failed', `The image ${path} cannot be given to the user that QEMU runs as`, {hint: 'Look at its file system', cause});
	}
}

/**
 * Gives the images of a machine that is over back to whom they belonged, as far as they are still what was lent. What another machine has
 * been lent as well, which may be about to open it, is left to that one's end. Which lie no more where they were is told.
 */
export async function returnImages(statePath: string, voice: Pick<Voice, 'notice'>, give: typeof chownSync = chownSync): Promise<void> {
	if (isOfContainer(statePath) || !existsSync(fileOf(statePath))) return;
	await inTurn(statePath, () => {
		const {user, images = []} = readLent(statePath) ?? {};
		const others = listLent(dirname(statePath), basename(statePath)).flatMap((other) => other.images);
		const failed: Array<{readonly image: LentImage; readonly cause: unknown}> = [];
		for (const image of images.filter((each) => !others.some((other) => isFile(each, other)))) {
			withFiles([image.path], ([file]) => {
				const stats = file?.look();
				if (file === undefined || stats === undefined || !isFile(image, identityOf(stats))) {
					tellLost(image, voice);
					return;
				}
				if (user === undefined || !isOwner(user, ownerOf(stats))) return;
				try {
					give(file.place, image.uid, image.gid);
				} catch (cause) {
					failed.push({image, cause});
				}
			});
		}
		const [first] = failed;
		if (first === undefined) {
			rmSync(fileOf(statePath), {force: true});
			return;
		}
		const named = failed.map(({image: {path, uid, gid}}) => `${path} (${uid}:${gid})`).join(', ');
		throw new ShellError('failed', `Images cannot be given back to their owners: ${named}`, {
			hint: 'Look at their file system, then give them back by chown',
			cause: first.cause,
		});
	});
}

function tellKept(path: string, voice: Pick<Voice, 'notice'>): void {
	const message = `The image ${path} is given to the user that QEMU runs as, and nobody gives it back: its file system does not tell when files were made`;
	voice.notice('warning', 'image-owner', message, 'Keep images on ext4 with inodes of 256 bytes, XFS or btrfs, or give it back by chown');
}

function tellLost({path, uid, gid}: LentImage, voice: Pick<Voice, 'notice'>): void {
	const message = `The image ${path} is not given back to its owner (${uid}:${gid}): it does not lie there any more`;
	voice.notice('warning', 'image-owner', message, 'If it was moved, give it back by chown');
}

/** Works while no other machine lends or gives back. */
async function inTurn(statePath: string, work: () => void): Promise<void> {
	await withHostLock(join(dirname(statePath), 'lent.lock'), () => Promise.resolve(work()), {waitMs: turnMs, signal: undefined});
}

/** Undefined: it is QEMU's user's own. */
function findOwner({path, look}: HeldFile, user: Owner, states: string): LentImage | undefined {
	const image = (): LentImage => ({path, ...identityOf(look()), ...ownerOf(look())});
	const first = image();
	const found = findLender(first, states) ?? first;
	if (!isOwner(user, found)) return found;
	// A machine that has just ended has given it back before what told of that went.
	const last = image();
	return isOwner(user, last) ? undefined : last;
}

/** The same file with its owner from before another machine had it. */
function findLender(image: LentImage, states: string): LentImage | undefined {
	for (const {user, images} of listLent(states)) {
		const lent = images.find((each) => isFile(each, image));
		if (lent !== undefined && isOwner(user, image)) return {...image, uid: lent.uid, gid: lent.gid};
	}
	return undefined;
}

/** What all machines but one have been lent. */
function listLent(states: string, own?: string): Lent[] {
	const others = listStates(states).filter((id) => id !== own);
	return others.map((id) => join(states, id)).flatMap((path) => (isOfContainer(path) ? [] : (readLent(path) ?? [])));
}

/** Only machines are lent any. Nobody looks further into the directory of a container: who removes that may just keep it locked. */
function isOfContainer(statePath: string): boolean {
	return readOwnerRecord(statePath)?.uri.startsWith('lxc') === true;
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

/** A file that is held, whatever has its name meanwhile. */
interface HeldFile {
	readonly path: string;
	/** Where that very file is. */
	readonly place: string;
	look(): BigIntStats;
}

/** Holds what lies at these paths, which is not opened, as long as it is used. What is not there, or by a link alone, is left out. */
function withFiles<Result>(paths: readonly string[], use: (files: readonly HeldFile[]) => Result): Result {
	const descriptors: number[] = [];
	try {
		return use(
			paths.flatMap((path): HeldFile[] => {
				const descriptor = ifThere(() => openInPlace(path, pathOnly));
				if (descriptor === undefined) return [];
				descriptors.push(descriptor);
				return [{path, place: pathOf(descriptor), look: () => fstatSync(descriptor, {bigint: true})}];
			}),
		);
	} finally {
		for (const descriptor of descriptors) closeSync(descriptor);
	}
}

function ownerOf({uid, gid}: BigIntStats): Owner {
	return {uid: Number(uid), gid: Number(gid)};
}

function identityOf({dev, ino, birthtimeNs}: BigIntStats): FileIdentity {
	return {device: String(dev), inode: String(ino), born: String(birthtimeNs)};
}

function isFile(a: FileIdentity, b: FileIdentity): boolean {
	return a.device === b.device && a.inode === b.inode && a.born === b.born && a.born !== untold;
}

function isOwner(a: Owner, b: Owner): boolean {
	return a.uid === b.uid && a.gid === b.gid;
}
