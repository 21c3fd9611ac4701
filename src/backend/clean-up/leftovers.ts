import {existsSync, rmdirSync, type Stats} from 'node:fs';
import {join} from 'node:path';
import {comesTrue} from '../../core/comes-true.ts';
import type {RemovalBounds} from '../guest/state/remove-tree.ts';
import {isHeldBack, listStates, readOwnerRecord, type OwnerRecord} from '../guest/state/state-directory.ts';
import {lstatIfThere} from '../host/files/firm-way.ts';
import {isLocalUri} from '../host/libvirtd/local-uri.ts';
import {readMountTable, type HostMount} from '../host/mounts/mount-table.ts';
import {ifThere} from '../host/files/if-there.ts';
import {isOursAlone} from '../host/files/own-directory.ts';
import {isDead} from '../host/process-identity.ts';
import {listOrEmpty} from '../host/files/read-or-empty.ts';
import {lookAt} from '../host/files/root-directory.ts';
import {findWaiting, keepsOff} from '../host/mounts/waiting-mounts.ts';
import {removeProfile} from '../labels/remove-profile.ts';
import {errorCodes, hasCode, type Connection} from '../libvirt/index.ts';
import type {Voice} from '../types.ts';
import {removeLeftoverCgroups} from '../container/cgroups/container-cgroups.ts';
import {findDomain, requireDomainOf} from './find-domain.ts';
import {endGivenUp, endLeftover, whileAsked} from './end-leftover.ts';
import type {LeftoverFiles} from './leftover-files.ts';
import {removeLeftoverFiles} from './remove-leftover-files.ts';
import {Unending} from './unending.ts';

/** A state directory whose owner is gone. */
export interface Leftover {
	readonly id: string;
	readonly path: string;
	/** Undefined: its maker died before it could write one, so nothing but the directory was made. */
	readonly record: OwnerRecord | undefined;
	/** Found where others may have put it: what the record says of a domain is not acted on. */
	readonly isUnproven?: true;
}

/** What became of one leftover. */
export interface Cleaned {
	readonly id: string;
	readonly name: string | undefined;
	/** `kept`: it is meant to live on; a fault is told and the others go on. */
	readonly result: 'removed' | 'kept' | 'failed';
	readonly fault?: unknown;
}

/** What of a connection is needed. */
type Domains = Pick<Connection, 'lookupByUuid' | 'getXmlDesc' | 'destroy'>;

/** For how long somebody puts leftovers away. */
export interface Patience extends RemovalBounds {
	/** How long processes that were killed may take to end. */
	readonly patienceMs?: number;
	/** Is told of what cannot be put right any more. */
	readonly voice?: Pick<Voice, 'notice'> | undefined;
	/** The words that run a program which calls runRemover; undefined: all is removed in this process. */
	readonly program?: readonly string[] | undefined;
	/** How long another such process may take that is at it already. */
	readonly othersMs?: number;
}

const usualOthersMs = 5000;

/** What libvirt has for the number of a domain that does not run. */
const inactiveId = -1;

/** How long a domain may take to go that is about to. */
const goingMs = 5000;
/** A directory without a record is somebody's who is just making it, until it is this old, in ms. */
const unrecordedMs = 10_000;

/** State directories without an owner, by a look at each owner's pid: cheap enough for every start. */
export function findLeftovers(base: string): Leftover[] {
	const leftovers: Leftover[] = [];
	for (const id of listStates(base)) {
		const path = join(base, id);
		const record = readOwnerRecord(path);
		if (isLeft(path, record)) leftovers.push({id, path, record});
	}
	return leftovers;
}

function isLeft(path: string, record: OwnerRecord | undefined): boolean {
	return record === undefined ? isOld(lstatIfThere(path)) && !isHeldBack(path) : isDead(record);
}

/**
 * Temporary directories of this user's sandboxes that have neither a state directory nor an owner. An empty one that nobody signed was
 * left by who died while making it, and is removed here. Anybody may have something mounted by such a name, which is not asked; and may
 * move a directory there to which they may write, so one that is not ours alone counts for nothing.
 */
export function findLeftTemporary(base: string, place: string, mountTable: readonly HostMount[] = readMountTable()): Leftover[] {
	const user = process.geteuid?.() ?? 0;
	const mayEnter = keepsOff(findWaiting(mountTable, user));
	return listOrEmpty(place).flatMap((name) => {
		const id = /^virt-sandbox-([0-9a-f]{8})$/.exec(name)?.[1];
		if (id === undefined) return [];
		const path = join(place, name);
		const stats = lookAt(path, mayEnter)?.stats;
		if (stats?.isDirectory() !== true || stats.uid !== user || !isOursAlone(stats) || existsSync(join(base, id))) return [];
		const record = readOwnerRecord(path);
		if (record === undefined) {
			// One that is not empty: not for us to say whose it is.
			if (isOld(stats)) ifThere(() => rmdirSync(path));
			return [];
		}
		// They are made for daemons of this host alone.
		if (!isLocalUri(record.uri) || !isDead(record)) return [];
		return [{id, path: join(base, id), record: {...record, temporary: [path]}, isUnproven: true as const}];
	});
}

function isOld(stats: Stats | undefined): boolean {
	return stats !== undefined && Date.now() - stats.mtimeMs > unrecordedMs;
}

/**
 * Puts one leftover away: its domain first, when that still runs and should not. `connection` serves the record's URI;
 * undefined: no libvirtd answers there, and what runs is ended without one.
 * Gives false for what has to stay: a kept sandbox whose domain lives.
 */
export async function removeLeftover(
	{id, path, record, isUnproven}: Leftover,
	connection: Domains | undefined,
	{patienceMs, voice = {notice: () => undefined}, ...patience}: Patience = {},
): Promise<boolean> {
	// Where it is unproven there is no state directory; what is there by now is not for us to remove.
	const files = {id, path: isUnproven === true ? undefined : path, temporary: record?.temporary ?? []};
	// Once more: what was seen when it was found may have been a fault of a moment.
	if (isUnproven !== true) {
		const now = readOwnerRecord(path);
		if (now === undefined ? isHeldBack(path) : !isDead(now)) return false;
	}
	const remove = (): Promise<void> => removeLeftoverFiles(files, patience, {...patience, mayBeHeld: true});
	if (record === undefined || isUnproven === true) {
		if (record !== undefined && connection !== undefined && (await findDomain(record.uuid, connection)) !== undefined) return false;
		await awaitOthers(files, patience);
		await remove();
		return true;
	}
	if (connection === undefined ? record.lifetime === 'keep' : !(await whileAsked(record, () => endDomain(path, record, connection)))) return false;
	await awaitOthers(files, patience);
	const end = connection === undefined ? endLeftover : endGivenUp;
	if (!(await end({...record, statePath: path}, patienceMs))) throw new Unending(record.name);
	await removeProfile(record.uuid);
	if (record.name !== undefined) {
		await removeLeftoverCgroups(record.name);
	}
	const {returnImages} = await import('../machine/lent-images.ts');
	await returnImages(path, voice);
	await remove();
	return true;
}

/** Waits until no other process removes it; throws where one is held up there. */
async function awaitOthers(files: LeftoverFiles, {program, othersMs = usualOthersMs}: Pick<Patience, 'program' | 'othersMs'>): Promise<void> {
	if (program === undefined) return;
	const {awaitRemover} = await import('./remove-apart.ts');
	await awaitRemover(files, program, othersMs);
}

async function endDomain(path: string, {uuid, lifetime}: OwnerRecord, connection: Domains): Promise<boolean> {
	const domain = await findDomain(uuid, connection);
	if (domain === undefined) return true;
	await requireDomainOf(path, domain, connection);
	// One that runs no more may be listed still.
	if (lifetime === 'keep' && domain.id !== inactiveId) return false;
	try {
		await connection.destroy(domain, {timeoutMs: 30_000});
	} catch (error) {
		if (!hasCode(error, errorCodes.noDomain) && !hasCode(error, errorCodes.operationInvalid) && !(await goes(uuid, connection))) {
			throw error;
		}
	}
	return true;
}

/** Whether a domain that could not be destroyed is just going by itself. */
function goes(uuid: string, connection: Domains): Promise<boolean> {
	return comesTrue(async () => (await findDomain(uuid, connection)) === undefined, {mostMs: goingMs, stepMs: goingMs / 50});
}
