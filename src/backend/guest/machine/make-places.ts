import {innermost} from '../../../spec/paths.ts';
import {quote} from '../command-file.ts';
import type {GuestMount} from '../guest-tree.ts';
import type {RootPlan} from '../root-plan.ts';

/** Gives the line of the boot script that makes a mount point, unless that could be on the host: in a guest-bind of what is no memory of the guest's. */
export function makePlaces({mounts}: RootPlan): (target: string, line: string) => string {
	const aroundOf = (path: string, but?: string): GuestMount | undefined =>
		innermost(
			mounts.filter(({target}) => target !== but),
			path,
			({target}) => target,
		);
	return (target, line) => {
		const around = aroundOf(target, target);
		const isOfHost = around?.kind === 'guest-bind' && aroundOf(around.source)?.kind !== 'ram';
		return `${isOfHost ? 'there' : line} ${quote(target)}`;
	};
}
