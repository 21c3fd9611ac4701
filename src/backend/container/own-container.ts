import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {Caller} from '../host/caller.ts';
import {removeLeftoverFiles} from '../clean-up/remove-leftover-files.ts';
import type {ShownState} from '../clean-up/remove-listed.ts';
import type {ContainerBasis, RunningContainer} from './running-container.ts';
import {imagesFile} from './written-images.ts';

/** What of a container is to be removed once it is over. */
interface PastContainer {
	/** Commands have run in it as another user of the host. */
	readonly isListed: boolean;
	/** Undefined: another process has made it, and had further commands run in it. */
	readonly shown: ShownState | undefined;
	readonly caller: Caller;
	readonly state: StateDirectory;
	/** Directories elsewhere that go with it. */
	readonly temporary: readonly string[];
}

type Given = Pick<RunningContainer, 'plan' | 'uri' | 'uuid' | 'state' | 'link' | 'control' | 'controller'>;
type Owned = Pick<RunningContainer, 'writesImages' | 'sharesConsoles' | 'sharesUsers' | 'isSuspended' | 'remove' | 'prepareSession'>;

/** What the owner of a container has of it by the same means, whether that process has started it or taken it over. */
export function ownContainer({caller, shown, temporary, ...container}: Given & Omit<PastContainer, 'isListed'>): Given & Owned {
	const {plan, state, link, controller} = container;
	let isListed = shown === undefined || isOfOthers(plan, caller);
	return {
		...container,
		writesImages: existsSync(join(state.io, imagesFile)),
		sharesConsoles: true,
		sharesUsers: plan.spec.idmap === undefined,
		isSuspended: async () => controller?.findFreezer()?.isFrozen === true || link.isSuspended(),
		remove: (signal) => removeContainer({isListed, shown, caller, state, temporary}, signal),
		async prepareSession(further) {
			isListed ||= further.identity.uid !== caller.uid;
			const {prepareContainerSession} = await import('./container-session.ts');
			return prepareContainerSession({...container, caller}, further);
		},
	};
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
