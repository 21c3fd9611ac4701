import {existsSync} from 'node:fs';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {Caller} from '../host/caller.ts';
import {removeLeftoverFiles} from '../clean-up/remove-leftover-files.ts';
import type {ShownState} from '../clean-up/remove-listed.ts';
import type {ContainerBasis} from './running-container.ts';

/** A container that is over. */
interface PastContainer {
	/** Commands have run in it as another user of the host. */
	readonly isListed: boolean;
	/** Undefined: another process has made it. */
	readonly shown: ShownState | undefined;
	readonly caller: Caller;
	readonly state: StateDirectory;
	readonly temporary: readonly string[];
}

/** Removes what is left of a container. */
export async function removeContainer({isListed, shown, caller, state, temporary}: PastContainer, signal: AbortSignal | undefined): Promise<void> {
	const files = {id: state.id, path: state.path, temporary};
	if (isListed && temporary.length === 0 && shown !== undefined) {
		const {removeListed} = await import('../clean-up/remove-listed.ts');
		await removeListed(shown, state, {caller, signal});
	}
	await removeLeftoverFiles(files, caller, {signal, mayBeHeld: temporary.length > 0 || (isListed && existsSync(state.root))});
}

/** Whether the first command of a container runs as another user of the host than its caller. */
export function isOfOthers({spec, account}: Pick<ContainerBasis, 'spec' | 'account'>, {uid}: Caller): boolean {
	return account.uid !== uid || spec.idmap !== undefined;
}
