import {innermost} from '../../spec/paths.ts';
import {planResolver, type ResolverPlan} from '../guest/network-script.ts';
import type {RootPlan} from '../guest/root/root-plan.ts';
import {ledFinder} from '../guest/root/shared-mounts.ts';
import type {Plan} from '../types.ts';

/** The name servers of a container's networks, unless others could lead what is done for them; that is noted. */
export function planOwnResolver(root: RootPlan, caller: number, notices: Array<Plan['notices'][number]>): ResolverPlan | undefined {
	const resolver = planResolver(root);
	const place = resolver === undefined ? undefined : whereOthersLead(root, resolver, caller);
	if (resolver === undefined || place === undefined) return resolver;
	const message = `The name servers of the network are not set: ${resolver.target} lies in what is mounted at ${place}`;
	notices.push({level: 'warning', code: 'resolver', message});
	return undefined;
}

/** libvirt mounts by path, and the init, as root, makes a link in a ram. */
function whereOthersLead({mounts}: RootPlan, {kind, target, within}: ResolverPlan, caller: number): string | undefined {
	if (kind === 'bind') return within;
	const ram = innermost(mounts, target, (mount) => mount.target)?.target ?? target;
	return ledFinder(mounts, {user: 0, caller})(ram) ? ram : undefined;
}
