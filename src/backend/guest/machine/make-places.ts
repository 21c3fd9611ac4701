import {innermost} from '../../../spec/paths.ts';
import {quote} from '../command-file.ts';
import {isTemporary, type GuestMount} from '../guest-tree.ts';
import type {RootPlan} from '../root-plan.ts';

/** Whether a directory is mounted on itself, so that nobody renames it (pin-ways.ts). */
export function isPin(mount: GuestMount): boolean {
	return mount.kind === 'guest-bind' && mount.source === mount.target;
}

export interface PlaceMaker {
	readonly isOverlay: (mount: GuestMount) => boolean;
	/** The boot script's word that makes a place where no link can lead elsewhere; `like`: of what kind, as by `place_like`. */
	readonly make: (target: string, like: string | undefined) => string;
}

/**
 * Gives the boot script's line for a mount point, which is made only in what is in the guest's memory, or was made for it: anywhere else it
 * has to be there, since to make it could write to the host, or to what a link that somebody puts there leads to. In an overlay it is made
 * by a program, as others may change the lower directory meanwhile.
 */
export function makePlaces({mounts}: RootPlan, {isOverlay, make}: PlaceMaker): (target: string, like?: string) => string {
	const others = mounts.filter((mount) => !isPin(mount));
	const aroundOf = (path: string, but?: string): GuestMount | undefined =>
		innermost(
			others.filter(({target}) => target !== but),
			path,
			({target}) => target,
		);
	return (target, like) => {
		const around = aroundOf(target, target);
		const at = quote(target);
		switch (around?.kind) {
			case 'bind':
				if (isOverlay(around)) return make(target, like);
				if (isTemporary(around)) break;
				return `there ${at}`;
			case 'guest-bind':
				if (aroundOf(around.source)?.kind === 'ram') break;
				return `there ${at}`;
			case 'image':
			case undefined:
				return `there ${at}`;
			default:
		}
		return like === undefined ? `place directory ${at}` : `place_like ${quote(like)} ${at}`;
	};
}
