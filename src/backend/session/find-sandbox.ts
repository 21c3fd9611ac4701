import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {listStates, readOwnerRecord, stateBase, type OwnerRecord} from '../guest/state/state-directory.ts';
import type {Caller} from '../host/caller.ts';
import {ifThere} from '../host/files/if-there.ts';
import {isLocalUri} from '../host/libvirtd/local-uri.ts';
import {isAlive} from '../host/process-identity.ts';
import {isLeftToClean} from '../clean-up/unending.ts';

/** A sandbox of this user, by its state directory. */
export interface FoundSandbox {
	readonly id: string;
	readonly statePath: string;
	readonly record: OwnerRecord & {readonly name: string};
	/** Its owner answers on the control socket. */
	readonly isOwned: boolean;
	/** A kept one runs on without its owner. */
	readonly mayRun: boolean;
}

/** All sandboxes of a caller that have a name by now; none where a caller could start none. */
export function findSandboxes(caller: Pick<Caller, 'uid' | 'environment'>): FoundSandbox[] {
	return ifThere(() => sandboxesBelow(stateBase(caller))) ?? [];
}

/** The same, for who asks for one by its name: why what lies there is not looked at is told. */
function needSandboxes(caller: Pick<Caller, 'uid' | 'environment'>): FoundSandbox[] {
	try {
		return sandboxesBelow(stateBase(caller));
	} catch (error) {
		if (error instanceof ShellError && error.code === 'refused') throw error;
		return [];
	}
}

/**
 * The names that sandboxes of ours have on other connections than this one, or of which libvirtd knows no more, though a process of theirs
 * does not end: with a free name of its own each can be told by it alone.
 */
export function namesElsewhere(base: string, uri: string): string[] {
	return sandboxesBelow(base).flatMap(({record, isOwned}) => ((isOwned && record.uri !== uri) || isLeftToClean(record) ? record.name : []));
}

function sandboxesBelow(base: string): FoundSandbox[] {
	return listStates(base).flatMap((id) => {
		const statePath = join(base, id);
		const record = readOwnerRecord(statePath);
		// No sandbox starts elsewhere. Whoever else could write this record, as a sandbox in what it is given, must not have us run what a URI names.
		if (record?.name === undefined || !isLocalUri(record.uri)) return [];
		const isOwned = isAlive(record.owner);
		return [{id, statePath, record: {...record, name: record.name}, isOwned, mayRun: isOwned || record.lifetime === 'keep'}];
	});
}

/** Of those that are on one connection only one can run: where it does, and has its control socket, the others are starts that will fail. */
function withoutStarts(owned: readonly FoundSandbox[]): readonly FoundSandbox[] {
	const running = owned.filter(({statePath}) => existsSync(join(statePath, 'control')));
	return owned.filter((each) => running.includes(each) || !running.some(({record}) => record.uri === each.record.uri));
}

/** The sandbox with this name; a ShellError `not-found` where there is none, `refused` where several connections have one, or others may have put it there. `uri`: of that libvirtd only. */
export function findSandbox(name: string, caller: Pick<Caller, 'uid' | 'environment'>, uri?: string): FoundSandbox {
	const all = needSandboxes(caller).filter(({record}) => uri === undefined || record.uri === uri);
	const named = all.filter(({record}) => record.name === name);
	const owned = withoutStarts(named.filter(({isOwned}) => isOwned));
	if (owned.length > 1) {
		const uris = [...new Set(owned.map(({record}) => record.uri))];
		if (uris.length === 1) {
			throw new ShellError('refused', `${owned.length} processes are just starting a sandbox named '${name}'`, {
				hint: 'Try it again once one of them has',
			});
		}
		throw new ShellError('refused', `${owned.length} sandboxes are named '${name}'`, {hint: `Say which with --connect: ${uris.join(' or ')}`});
	}
	const best = owned[0] ?? named[0];
	if (best === undefined) {
		const others = [...new Set(all.map(({record}) => record.name))].toSorted();
		throw new ShellError('not-found', `No sandbox is named '${name}'`, {hint: others.length === 0 ? 'None runs' : `There are: ${others.join(', ')}`});
	}
	return best;
}
