import type {Link} from '../start/link.ts';
import type {RunningSandbox, SessionGround} from '../start/running-sandbox.ts';
import type {ContainerPlan} from './container-plan.ts';
import type {RunningLimit} from './cgroups/limit-processes.ts';

/** What of a container's plan its owner needs once it runs. */
export type ContainerGround = SessionGround & Pick<ContainerPlan, 'busybox'>;

/** A container whose command has begun. */
export interface RunningContainer extends RunningSandbox {
	readonly plan: ContainerGround;
	readonly link: Link;
	readonly limit: RunningLimit;
}
