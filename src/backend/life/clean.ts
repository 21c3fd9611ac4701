import {stateBase} from '../guest/state-directory.ts';
import {errorCodes, hasCode, openConnection, isUnreachable, type Connection} from '../libvirt/index.ts';
import type {StartOptions} from '../types.ts';
import {explainLibvirtError} from './explain-libvirt-error.ts';
import {removeGhosts} from './ghosts.ts';
import {temporaryPlace} from './lay-out.ts';
import {findLeftovers, findLeftTemporary, removeLeftover, type Leftover} from './leftovers.ts';
import {removeOwnerless} from './ownerless.ts';

/** What became of one leftover. */
export interface Cleaned {
	readonly id: string;
	readonly name: string | undefined;
	/** `kept`: it is meant to live on; a fault is told and the others go on. */
	readonly result: 'removed' | 'kept' | 'failed';
	readonly fault?: unknown;
}

/** What `cleanLeftovers` is told. */
export interface CleanOptions extends Pick<StartOptions, 'caller' | 'signal' | 'trace'> {
	/** A connection to look at besides those that the leftovers name. */
	readonly uri?: string | undefined;
}

/** Removes what sandboxes left whose owner is gone: running domains, state directories, temporary directories, names that are not free. */
export async function cleanLeftovers(options: CleanOptions): Promise<readonly Cleaned[]> {
	const connections = new Map<string, Promise<Connection | undefined>>();
	const connect = (uri: string): Promise<Connection | undefined> => {
		const known = connections.get(uri);
		if (known !== undefined) {
			return known;
		}
		const opening = openConnection(uri, {signal: options.signal, trace: options.trace, timeoutMs: 10_000}).catch((error: unknown) => {
			if (isUnreachable(error)) {
				return undefined;
			}
			throw explainLibvirtError(error, uri);
		});
		connections.set(uri, opening);
		return opening;
	};
	try {
		const cleaned: Cleaned[] = [];
		const base = stateBase(options.caller);
		for (const leftover of findLeftovers(base)) {
			cleaned.push(await cleanOne(leftover, connect));
		}
		for (const leftover of findLeftTemporary(base, temporaryPlace)) {
			cleaned.push(await cleanOne(leftover, connect));
		}
		cleaned.push(
			...(await putLabelsBack(options.caller, connect)).filter(({id, result}) => result === 'failed' || cleaned.every((other) => other.id !== id)),
		);
		if (options.uri !== undefined) void connect(options.uri).catch(() => undefined);
		for (const opening of connections.values()) {
			const connection = await opening.catch(() => undefined);
			if (connection !== undefined) cleaned.push(...(await removeOwnerless(connection)));
			cleaned.push(...(await freeNames(connection)));
		}
		return cleaned;
	} finally {
		for (const opening of connections.values()) {
			await opening.then((connection) => connection?.close()).catch(() => undefined);
		}
	}
}

async function freeNames(connection: Connection | undefined): Promise<Cleaned[]> {
	return connection === undefined ? [] : (await removeGhosts(connection)).map((each) => ({...each, result: 'removed'}));
}

/** Host files that were relabelled for a sandbox that is gone get their labels back. */
async function putLabelsBack(caller: StartOptions['caller'], connect: (uri: string) => Promise<Connection | undefined>): Promise<Cleaned[]> {
	const {undoLeftJournals} = await import('../labels/relabel/undo-left-journals.ts');
	const undone = await undoLeftJournals(caller, async ({uri, uuid}) => {
		const connection = await connect(uri);
		return connection !== undefined && (await hasDomain(connection, uuid));
	});
	return undone.flatMap((each) => {
		if (each.result === 'alive') return [];
		return [
			each.result === 'failed' ? {id: each.id, name: undefined, result: 'failed', fault: each.fault} : {id: each.id, name: undefined, result: 'removed'},
		];
	});
}

async function hasDomain(connection: Connection, uuid: string): Promise<boolean> {
	try {
		await connection.lookupByUuid(uuid, {timeoutMs: 10_000});
		return true;
	} catch (error) {
		if (hasCode(error, errorCodes.noDomain)) return false;
		throw error;
	}
}

async function cleanOne(leftover: Leftover, connect: (uri: string) => Promise<Connection | undefined>): Promise<Cleaned> {
	const {id, record} = leftover;
	const name = record?.name;
	try {
		const connection = record === undefined ? undefined : await connect(record.uri);
		return {id, name, result: (await removeLeftover(leftover, connection)) ? 'removed' : 'kept'};
	} catch (fault) {
		return {id, name, result: 'failed', fault};
	}
}
