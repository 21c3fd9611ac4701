import type {OwnerRecord} from '../guest/state/state-directory.ts';
import {isAlive, pidNamespace} from '../host/process-identity.ts';

/** Whether the owner of a sandbox is seen to have gone; false where its processes are not ours to see. */
export function isDead({namespace, owner}: Pick<OwnerRecord, 'namespace' | 'owner'>): boolean {
	return namespace === pidNamespace() && !isAlive(owner);
}
