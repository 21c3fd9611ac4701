import {chmodSync, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync, type Dirent} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {ourDirectory} from '../../../core/base-directories.ts';
import {isCode} from '../../../core/is-code.ts';
import {pathForNode} from '../../../core/bytes.ts';
import type {Caller} from '../../host/caller.ts';
import {hasOwnDirectory, makeOwnDirectory, requireOwnDirectory} from '../../host/files/own-directory.ts';
import type {ProcessIdentity} from '../../host/process-identity.ts';
import {randomHex} from '../../host/random.ts';
import {readRegularFile} from '../../host/files/read-regular-file.ts';
import {replaceFile} from '../../host/files/replace-file.ts';
import type {SkeletonEntry} from '../root/root-plan.ts';
import {removeEmptyTree} from './remove-tree.ts';

const otherPlace = 'set XDG_RUNTIME_DIR to a directory of yours with mode 0700, as /run/user/UID';
const mostRecordBytes = 64 * 1024;
const stateName = /^[0-9a-f]{8}$/;
/** The file of a state directory that says whose it is. */
export const recordName = 'owner';

/** Where all state directories of a caller are. What others can write to is refused: a record says what is run and removed for the caller. */
export function stateBase(caller: Pick<Caller, 'uid' | 'environment'>): string {
	return requireOwnDirectory(placeOfStates(caller), otherPlace);
}

/**
 * Where they would be, whosever that is. Another user than root has XDG_RUNTIME_DIR; where that is not set, as after `su -`, what
 * systemd made for one who is logged in elsewhere, else a place below the cache, which is theirs alone as well. `users`: where systemd
 * makes them.
 */
export function placeOfStates({uid, environment}: Pick<Caller, 'uid' | 'environment'>, users = '/run/user'): string {
	if (uid === 0) return '/run/virt-sandbox';
	const runtime = environment['XDG_RUNTIME_DIR'];
	if (runtime?.startsWith('/') === true) return join(runtime, 'virt-sandbox');
	const made = join(users, String(uid));
	return isPrivate(made, uid) ? join(made, 'virt-sandbox') : join(ourDirectory('cache', environment), 'run');
}

/** Makes the place, so that it can be kept from the sight of the sandbox that is planned. Gives it. */
export function makeStateBase(caller: Pick<Caller, 'uid' | 'environment'>): string {
	return makeBase(placeOfStates(caller));
}

function makeBase(base: string): string {
	// All users of root's guests have to get through it.
	return makeOwnDirectory(base, otherPlace, process.geteuid?.() === 0 ? 0o711 : 0o700);
}

/** Whether a directory is a user's own, and nobody else may enter it. */
function isPrivate(path: string, uid: number): boolean {
	const stats = lstatSync(path, {throwIfNoEntry: false});
	return stats?.isDirectory() === true && stats.uid === uid && (stats.mode & 0o077) === 0;
}

/** Whether a state directory of a base, as somebody tells it, is not there. Elsewhere nobody looks: whoever tells of it may lead anywhere. */
export function isLostState(path: string, base: string): boolean {
	return dirname(path) === base && stateName.test(basename(path)) && lstatSync(path, {throwIfNoEntry: false})?.isDirectory() !== true;
}

/** The ids of all state directories of a base. None of a base that is not there: others may be putting one where it would be. A link is none. */
export function listStates(base: string): string[] {
	if (!hasOwnDirectory(base, otherPlace)) return [];
	return entriesOf(base).flatMap((entry) => (entry.isDirectory() && stateName.test(entry.name) ? [entry.name] : []));
}

function entriesOf(base: string): Dirent[] {
	try {
		return readdirSync(base, {withFileTypes: true});
	} catch {
		return [];
	}
}

/** Where temporary directories are. */
export const temporaryPlace = '/var/tmp';

/** Where the temporary directories of a sandbox are: not below its state directory, which is in memory on most hosts. */
export function temporaryBase(id: string): string {
	return join(temporaryPlace, `virt-sandbox-${id}`);
}

/** What a state directory says of its sandbox, for whoever finds it later: the file `owner`. */
export interface OwnerRecord {
	readonly owner: ProcessIdentity;
	/** The pid namespace that the owner's pid is of. */
	readonly namespace: string;
	readonly uri: string;
	/** The domain's name and uuid, once they are chosen. */
	readonly name: string | undefined;
	readonly uuid: string;
	readonly lifetime: 'client' | 'keep';
	/** Its command has a terminal. */
	readonly tty?: boolean;
	/** The user that the QEMU of a system's machine runs as, before that is started. */
	readonly qemu?: number | undefined;
	/** Directories elsewhere that go with the sandbox. */
	readonly temporary: readonly string[];
}

/** The place of one sandbox on the host. */
export interface StateDirectory {
	readonly id: string;
	readonly path: string;
	/** Skeleton root. */
	readonly root: string;
	/** FIFOs, init and command files; the guest sees it read-only. */
	readonly io: string;
}

/** Where a plan's state would be, for a look at its XML. */
export function imaginaryState(base: string): StateDirectory {
	const path = join(base, '00000000');
	return {id: '00000000', path, root: join(path, 'root'), io: join(path, 'io')};
}

/** Makes `BASE/ID` with a fresh ID of eight hex digits, mode 0700, and its two directories, which `forGuest` makes (it labels them). The owner's record comes first: there is no moment in which it is nobody's. */
export function createStateDirectory(
	base: string,
	record: (id: string) => OwnerRecord,
	forGuest: (work: () => void) => void = (work) => work(),
): StateDirectory {
	makeBase(base);
	for (let tries = 0; ; tries++) {
		const id = randomHex(4);
		const path = join(base, id);
		try {
			mkdirSync(path, {mode: 0o700});
		} catch (error) {
			if (!isCode(error, 'EEXIST') || tries >= 16) throw error;
			continue;
		}
		try {
			return fillState(path, record(id), forGuest);
		} catch (error) {
			for (const part of ['root', 'io']) removeEmptyTree(join(path, part));
			rmSync(join(path, recordName), {force: true});
			rmdirSync(path);
			throw error;
		}
	}
}

function fillState(path: string, record: OwnerRecord, forGuest: (work: () => void) => void): StateDirectory {
	writeOwnerRecord(path, record);
	const [root, io] = [join(path, 'root'), join(path, 'io')];
	forGuest(() => {
		mkdirSync(root);
		mkdirSync(io);
	});
	// Whatever the umask is: every user of the guest has to get through to the second; the first one is opened when it is filled, where it is
	// what they see. Who may list a directory may keep it locked for ever.
	chmodSync(root, 0o700);
	chmodSync(io, 0o711);
	return {id: basename(path), path, root, io};
}

/** Replaces the record; a reader sees the old one or the new one whole. */
export function writeOwnerRecord(path: string, record: OwnerRecord): void {
	replaceFile(join(path, recordName), `${JSON.stringify(record)}\n`);
}

function readRecordFile(path: string): string {
	return readRegularFile(join(path, recordName), {most: mostRecordBytes, isOurs: true}).toString();
}

/** Faults of a moment, as of too many open files, or of a server. */
const passingFaults = ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'ESTALE'];

/** Whether what is recorded cannot be told for the moment. */
export function isHeldBack(path: string): boolean {
	try {
		readRecordFile(path);
		return false;
	} catch (error) {
		return passingFaults.some((code) => isCode(error, code));
	}
}

/** Undefined where there is none, or none that can be read, or one that others may have written. */
export function readOwnerRecord(path: string): OwnerRecord | undefined {
	try {
		const record = JSON.parse(readRecordFile(path)) as Partial<OwnerRecord>;
		const {owner, namespace, uri, name, uuid, lifetime, tty, qemu, temporary} = record;
		if (owner === undefined || typeof owner.pid !== 'number' || typeof owner.startTime !== 'string' || typeof uri !== 'string' || typeof uuid !== 'string')
			return undefined;
		return {
			owner,
			namespace: namespace ?? '',
			uri,
			name,
			uuid,
			lifetime: lifetime === 'keep' ? 'keep' : 'client',
			tty: tty === true,
			...(typeof qemu === 'number' && {qemu}),
			// They are removed, so nothing else counts as one.
			temporary: Array.isArray(temporary) ? temporary.filter((each) => each === temporaryBase(basename(path))) : [],
		};
	} catch {
		return undefined;
	}
}

/** Puts the guest's skeleton root into an empty directory. */
export function makeSkeleton(root: string, entries: readonly SkeletonEntry[]): void {
	for (const entry of entries) {
		const path = `${root}/${entry.path}`;
		switch (entry.kind) {
			case 'directory':
				mkdirSync(path, {mode: 0o755});
				if (entry.mode !== undefined) chmodSync(path, entry.mode);
				break;
			case 'file':
				writeFileSync(path, '', {mode: entry.mode ?? 0o644, flag: 'wx'});
				break;
			case 'symlink':
				symlinkSync(pathForNode(entry.to), path);
				break;
		}
	}
}
