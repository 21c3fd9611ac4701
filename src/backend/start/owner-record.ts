import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {temporaryBase, type OwnerRecord} from '../guest/state/state-directory.ts';
import {identifyProcess, recordNamespace, type ProcessIdentity} from '../host/process-identity.ts';

/** This process, as the owner of a sandbox. */
export function identifyOwner(): ProcessIdentity {
	const owner = identifyProcess('self');
	if (owner === undefined) throw new ShellError('failed', '/proc does not show this process');
	return owner;
}

interface OwnedSandbox extends Pick<OwnerRecord, 'owner' | 'uri' | 'uuid'> {
	readonly spec: SandboxSpec;
	readonly hasTemporary: boolean;
}

/** What the state directory with this id says of a sandbox that starts. */
export function makeOwnerRecord(id: string, {owner, uri, uuid, spec, hasTemporary}: OwnedSandbox): OwnerRecord {
	const {name, lifetime, tty} = spec;
	return {owner, namespace: recordNamespace(), uri, name, uuid, lifetime, tty, temporary: hasTemporary ? [temporaryBase(id)] : []};
}
