import type {ProcessIdentity} from '../host/process-identity.ts';
import type {ContainerControl} from '../guest/streams/control-channel.ts';
import type {Link} from '../start/link.ts';
import type {RunningSandbox, SessionBasis} from '../start/running-sandbox.ts';
import type {ContainerPlan} from './container-plan.ts';
import type {RunningLimit} from './cgroups/limit-processes.ts';
import type {Controller} from './controller.ts';

/** What of a container's plan its owner needs once it runs. */
export type ContainerBasis = SessionBasis & Pick<ContainerPlan, 'busybox'>;

/** A container whose command has begun. */
export interface RunningContainer extends RunningSandbox {
	readonly plan: ContainerBasis;
	readonly link: Link;
	readonly control: ContainerControl;
	readonly limit: RunningLimit;
	/** It may write to images: what was written last is in the kernel's memory until its init has written it out. */
	readonly writesImages: boolean;
	/** The processes by which it writes to images that are not raw. */
	readonly servers: readonly ProcessIdentity[];
	/** Warns of images that others write to by what they were handed; after its end. */
	readonly tellHandedOn: () => Promise<void>;
	/** Undefined: it is not ours to see. */
	readonly controller: Controller | undefined;
}
