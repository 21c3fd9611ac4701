import type {ContainerControl} from '../guest/streams/control-channel.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {Caller} from '../host/caller.ts';
import type {Link} from '../start/link.ts';
import type {ShownState} from '../clean-up/remove-listed.ts';
import type {Controller} from './controller.ts';
import {isOfOthers, removeContainer} from './remove-container.ts';
import type {RunningContainer} from './running-container.ts';

/** What the owner of a container has of it by the same means, whether that process has started it or taken it over. */
interface OwnedContainer extends Pick<RunningContainer, 'plan' | 'uri' | 'uuid'> {
	readonly state: StateDirectory;
	readonly link: Link;
	readonly control: ContainerControl;
	readonly controller: Controller | undefined;
	readonly caller: Caller;
	/** Undefined: another process has made it, and had further commands run in it. */
	readonly shown: ShownState | undefined;
	/** Directories elsewhere that go with it. */
	readonly temporary: readonly string[];
}

export function ownContainer({
	controller,
	link,
	caller,
	shown,
	temporary,
	...container
}: OwnedContainer): Pick<RunningContainer, 'sharesConsoles' | 'sharesUsers' | 'isSuspended' | 'remove' | 'prepareSession'> {
	const {plan, state} = container;
	let isListed = shown === undefined || isOfOthers(plan, caller);
	return {
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
