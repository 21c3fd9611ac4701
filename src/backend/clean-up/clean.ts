import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {isLostState, stateBase, temporaryPlace} from '../guest/state/state-directory.ts';
import {reviveEmbedded} from '../host/libvirtd/embedded-libvirtd.ts';
import {isLocalUri} from '../host/libvirtd/local-uri.ts';
import {isSoleSocket} from '../host/libvirtd/sole-socket.ts';
import {ConnectFailed, type Connection} from '../libvirt/index.ts';
import type {StartOptions} from '../types.ts';
import {openAskedDaemons, type AskedDaemons} from './asked-daemons.ts';
import {findDomain} from './find-domain.ts';
import {findLeftovers, findLeftTemporary, removeLeftover, type Cleaned, type Leftover, type Patience} from './leftovers.ts';
import {freeLeftoverNames, removeLeftoverDomains} from './leftover-domains.ts';

/** What `cleanLeftovers` is told. */
export interface CleanOptions extends Pick<StartOptions, 'caller' | 'signal' | 'trace'>, Pick<Patience, 'voice'> {
	/** A connection to look at besides those that the leftovers name. */
	readonly uri?: string | undefined;
	/** Somebody has named it: that it cannot be reached is a fault. */
	readonly isNamed?: boolean;
}

/** Removes what sandboxes left whose owner is gone: running domains, state directories, temporary directories, names that are not free. */
export async function cleanLeftovers(options: CleanOptions): Promise<readonly Cleaned[]> {
	const daemons = openAskedDaemons(options);
	try {
		const cleaned: Cleaned[] = [];
		const base = stateBase(options.caller);
		for (const leftover of findLeftovers(base)) {
			cleaned.push(await cleanOne(leftover, daemons, options));
		}
		for (const leftover of findLeftTemporary(base, temporaryPlace)) {
			cleaned.push(await cleanOne(leftover, daemons, options));
		}
		cleaned.push(
			...(await putLabelsBack(options.caller, daemons, base)).filter(({id, result}) => result === 'failed' || cleaned.every((other) => other.id !== id)),
		);
		for (const uri of new Set([...daemons.uris(), ...(options.uri === undefined ? [] : [options.uri])])) {
			cleaned.push(...(await cleanDaemon(uri, daemons, {base, options})));
		}
		return cleaned;
	} finally {
		await daemons.close();
	}
}

/** Ends what a libvirtd still has of ours. Where none can be reached there is nothing to end, which is told of one that was named. What is wrong with one is no fault of the others. */
async function cleanDaemon(
	uri: string,
	daemons: AskedDaemons,
	{base, options}: {readonly base: string; readonly options: CleanOptions},
): Promise<readonly Cleaned[]> {
	const isNamed = options.isNamed === true && uri === options.uri;
	const failed = (fault: unknown): readonly Cleaned[] => [{id: uri, name: undefined, result: 'failed', fault}];
	// Which owners live on another host cannot be seen from here.
	if (!isLocalUri(uri)) return isNamed ? failed(elsewhere(uri)) : [];
	try {
		return await daemons.ask(uri, async (connection) => {
			if (connection !== undefined) return [...(await removeLeftoverDomains(connection, base)), ...(await freeNames(connection, base))];
			return isNamed ? failed(noDaemon(uri)) : [];
		});
	} catch (error) {
		options.signal?.throwIfAborted();
		const cause = error instanceof Error ? error.cause : undefined;
		// One that is there and hangs, or answers what nobody understands, may have something of ours.
		if (cause instanceof ConnectFailed && !isNamed && cause.problem !== 'timeout') return [];
		return failed(error);
	}
}

function elsewhere(uri: string): ShellError {
	return new ShellError('refused', `whether the owners of sandboxes at ${uri} live cannot be seen from here`, {
		hint: 'Run `virt-sandbox --clean` on that host itself',
	});
}

function noDaemon(uri: string): ShellError {
	return new ShellError('unavailable', `no libvirtd answers for ${uri}`, {hint: '`--clean` removes what only that libvirtd knows of, once it runs'});
}

async function freeNames(connection: Connection, base: string): Promise<Cleaned[]> {
	return (await freeLeftoverNames(connection, base)).map((each) => ({...each, result: 'removed'}));
}

/** Host files that were relabelled for a sandbox that is gone get their labels back. */
async function putLabelsBack(caller: StartOptions['caller'], daemons: AskedDaemons, base: string): Promise<Cleaned[]> {
	const {undoLeftJournals} = await import('../labels/relabel/undo-journal.ts');
	const undone = await undoLeftJournals(caller, ({id, uri, uuid, lifetime}) =>
		// A kept container runs on without a libvirtd, and has its state then.
		daemons.ask(uri, async (connection) =>
			connection === undefined ? lifetime === 'keep' && !isLostState(join(base, id), base) : (await findDomain(uuid, connection)) !== undefined,
		),
	);
	return undone.flatMap((each): Cleaned[] => {
		const {id} = each;
		if (each.result === 'alive') return [];
		return [each.result === 'failed' ? {id, name: undefined, result: 'failed', fault: each.fault} : {id, name: undefined, result: 'removed'}];
	});
}

async function cleanOne(leftover: Leftover, daemons: AskedDaemons, {uri, voice, signal, caller: {program}}: CleanOptions): Promise<Cleaned> {
	const {id, record, isUnproven} = leftover;
	const name = record?.name;
	try {
		const remove = (connection: Connection | undefined): Promise<boolean> => removeLeftover(leftover, connection, {voice, program});
		if (record !== undefined && !isLocalUri(record.uri)) {
			// Nothing of another host's runs here, whether that host is still to be found or not.
			const isGone = await removeLeftover({...leftover, record: {...record, lifetime: 'client'}}, undefined, {voice, program});
			return {id, name, result: isGone ? 'removed' : 'kept'};
		}
		const isAsked = record !== undefined && (isUnproven !== true || record.uri === uri || isSoleSocket(record.uri));
		// Without a libvirtd nobody knows whether it still runs.
		if (isAsked && record.lifetime === 'keep') await reviveEmbedded(record.uri, signal);
		const isRemoved = await (isAsked ? daemons.ask(record.uri, remove) : remove(undefined));
		return {id, name, result: isRemoved ? 'removed' : 'kept'};
	} catch (fault) {
		return {id, name, result: 'failed', fault};
	}
}
