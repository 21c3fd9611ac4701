import {innermost} from '../../../spec/paths.ts';
import {quote} from '../command-file.ts';
import type {GuestMount} from '../guest-tree.ts';
import type {RootPlan} from '../root-plan.ts';

/** Whether a directory is mounted on itself, so that nobody renames it (pin-ways.ts). */
export function isPin(mount: GuestMount): boolean {
	return mount.kind === 'guest-bind' && mount.source === mount.target;
}

/**
 * Gives the boot script's line for a mount point, which is made if it is missing. Not in a guest-bind, unless that shows a ram: anywhere
 * else, to make it could write to the host.
 */
export function makePlaces({mounts}: RootPlan): (target: string, line?: string) => string {
	const others = mounts.filter((mount) => !isPin(mount));
	const aroundOf = (path: string, but?: string): GuestMount | undefined =>
		innermost(
			others.filter(({target}) => target !== but),
			path,
			({target}) => target,
		);
	return (target, line = 'place directory') => {
		const around = aroundOf(target, target);
		const isOfHost = around?.kind === 'guest-bind' && aroundOf(around.source)?.kind !== 'ram';
		return `${isOfHost ? 'there' : line} ${quote(target)}`;
	};
}
