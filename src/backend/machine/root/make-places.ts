import {innermost} from '../../../spec/paths.ts';
import {quote} from '../../guest/command-file.ts';
import {isTemporary, type GuestMount} from '../../guest/root/guest-tree.ts';
import type {RootPlan} from '../../guest/root/root-plan.ts';

/** Whether a directory is mounted on itself, so that nobody renames it (pin-ways.ts). */
export function isPin(mount: GuestMount): boolean {
	return mount.kind === 'guest-bind' && mount.source === mount.target;
}

/**
 * Gives the boot script's line for a mount point, which is made only in what is in the guest's memory, or was made for it: anywhere else it
 * has to be there, since to make it could write to the host. `make` gives the line that makes one, whatever links others put on the way
 * meanwhile; `like`: of what kind, by a path as placeProgram takes it.
 */
export function makePlaces(
	{mounts}: RootPlan,
	{isOverlay, make}: {readonly isOverlay: (mount: GuestMount) => boolean; readonly make: (target: string, like: string | undefined) => string},
): (target: string, like?: string) => string {
	const others = mounts.filter((mount) => !isPin(mount));
	const aroundOf = (path: string, but?: string): GuestMount | undefined =>
		innermost(
			others.filter(({target}) => target !== but),
			path,
			({target}) => target,
		);
	const isOfGuest = (around: GuestMount | undefined): boolean => {
		switch (around?.kind) {
			case 'bind':
				return isOverlay(around) || isTemporary(around);
			case 'guest-bind':
				return aroundOf(around.source)?.kind === 'ram';
			default:
				return around?.kind === 'ram';
		}
	};
	return (target, like) => {
		const around = aroundOf(target, target);
		return isOfGuest(around) ? make(target, like) : `there ${quote(target)}`;
	};
}
