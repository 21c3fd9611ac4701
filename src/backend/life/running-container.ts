import type {ContainerPlan} from './container-plan.ts';
import type {RunningLimit} from './limit-processes.ts';
import type {Link} from './link.ts';
import type {RunningSandbox} from './running-sandbox.ts';

/** A container whose command has begun. */
export interface RunningContainer extends RunningSandbox {
	readonly plan: ContainerPlan;
	readonly link: Link;
	readonly limit: RunningLimit;
}
