import type {ContainerControl} from '../guest/control-channel.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import type {Controller} from './controller.ts';
import type {Link} from './link.ts';
import type {RunningContainer} from './running-container.ts';

/** What the owner of a container has of it by the same means, whether that process has started it or taken it over. */
export interface OwnedContainer extends Pick<RunningContainer, 'plan' | 'uri' | 'uuid'> {
	readonly state: StateDirectory;
	readonly link: Link;
	readonly control: ContainerControl;
	readonly controller: Controller | undefined;
}

export function ownContainer({controller, link, ...container}: OwnedContainer): Pick<RunningContainer, 'sharesConsoles' | 'isSuspended' | 'prepareSession'> {
	return {
		sharesConsoles: true,
		isSuspended: async () => controller?.findFreezer()?.isFrozen === true || link.isSuspended(),
		async prepareSession(further) {
			const {prepareContainerSession} = await import('./container-session.ts');
			return prepareContainerSession(container, further);
		},
	};
}
