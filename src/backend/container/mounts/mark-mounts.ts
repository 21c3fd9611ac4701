import type {StateDirectory} from '../../guest/state/state-directory.ts';
import type {StartOptions} from '../../types.ts';
import type {ContainerPlan} from '../container-plan.ts';
import type {Controller} from '../controller.ts';

/** Gives mounts of a container whose init still waits what libvirt has no words for. */
export async function markMounts(
	plan: ContainerPlan,
	controller: Controller | undefined,
	context: {readonly state: StateDirectory; readonly options: Pick<StartOptions, 'caller' | 'voice'>},
): Promise<void> {
	if (plan.images.length > 0) {
		const {stillImages} = await import('./still-images.ts');
		await stillImages(plan, controller, context);
	}
	if (plan.includes.some(({isDirectory}) => isDirectory)) {
		const {guardIncludes} = await import('./guard-includes.ts');
		await guardIncludes(plan, controller, context);
	}
}
