import type {ContainerPlan} from './container-plan.ts';

/** In the directory of a container's init, where there are any: the places of images to which the container may write, a line each. */
export const imagesFile = 'images';

/** Those places: where a file system is mounted, and disks. */
export function writableImages({root, disks}: Pick<ContainerPlan, 'root' | 'disks'>): string[] {
	return [
		...root.mounts.flatMap(({kind, readonly, target}) => (kind === 'image' && !readonly ? target : [])),
		...disks.flatMap(({readonly, node}) => (readonly ? [] : `/dev/${node}`)),
	];
}
