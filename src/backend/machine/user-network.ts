import {existsSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';
import {ipVersion} from '../../spec/ip-address.ts';
import {formatHostEnd} from '../../spec/parse/parse-forward.ts';
import type {Network} from '../../spec/types.ts';
import {readOrEmpty} from '../host/files/read-or-empty.ts';

/** What of this host decides about user networks. */
interface UserNetworkFacts {
	readonly hasPasst: boolean;
	/** `/proc/net/route` and `/proc/net/ipv6_route`. */
	readonly routes: string;
	readonly routes6: string;
}

const passtPlaces = ['/usr/bin/passt', '/usr/local/bin/passt'];

export function readUserNetworkFacts(): UserNetworkFacts {
	const hasPasst = passtPlaces.some((path) => existsSync(path));
	return {hasPasst, routes: readOrEmpty('/proc/net/route'), routes6: readOrEmpty('/proc/net/ipv6_route')};
}

/** passt gives the guest the host's own addresses and routes: where the host has none, the guest would get none. Of IPv6 it then says nothing, and forwards no port. */
export function chooseUserNetwork(networks: readonly Network[], {hasPasst, routes, routes6}: UserNetworkFacts): 'passt' | 'slirp' {
	const forwards = networks.flatMap((network) => network.forwards);
	const hasRoute = /^\S+\s+00000000\s/m.test(routes);
	if (hasPasst && hasRoute) {
		const late = forwards.find(({address}) => ipVersion(address) === 6);
		if (late === undefined || hasRoute6(routes6)) return 'passt';
		throw new ShellError('unavailable', `The port ${formatHostEnd(late)} cannot be forwarded: this host has no default route of IPv6`, {
			hint: 'passt forwards ports of IPv6 only where the host has such a route: give an address of IPv4',
		});
	}
	if (forwards.length === 0) return 'slirp';
	const [fault, hint] = hasPasst
		? ['and this host has no default route', "passt gives the guest the host's own address and routes: the host needs them"]
		: ['which is not installed', 'Install the package passt, or leave forward= out'];
	throw new ShellError('unavailable', `Ports are forwarded by passt alone, ${fault}`, {hint});
}

/** The kernel lists one on lo where there is none. */
function hasRoute6(routes: string): boolean {
	return routes.split('\n').some((line) => /^0{32} 00 /.test(line) && !/\slo$/.test(line));
}
