import {fillScript} from '../../core/fill-script.ts';
import type {Network} from '../../spec/types.ts';
import {reservedDirectory} from '../../spec/validate-spec.ts';
import {quote} from './command-file.ts';
import {appletLines} from './init-functions.ts';
import {locateInRoot} from './root/locate-in-root.ts';
import {ioTarget, type RootPlan} from './root/root-plan.ts';
import {isMovable} from './root/shared-mounts.ts';
import lease from './scripts/lease.sh';
import leaseServers from './scripts/lease-servers.sh';

/** What busybox has to have for it. */
export const networkApplets = ['ip', 'udhcpc'];

/** Names below the guest's directory of pipes. */
export const leaseFile = 'lease';
export const resolverFile = 'resolv.conf';

/** How the guest's /etc/resolv.conf becomes ours: by a file of ours over it, or by a link that the init makes where it points to. */
export interface ResolverPlan {
	readonly kind: 'bind' | 'link';
	readonly target: string;
	/** Where the mount that was asked for is mounted which holds the file; undefined: it lies in the root itself. */
	readonly within: string | undefined;
}

/** Where a guest's resolver looks in the end; undefined: it has no /etc/resolv.conf, or one that was mounted for it, or one in what no plan looks into. */
export function planResolver(root: RootPlan): ResolverPlan | undefined {
	const {exists, mount, target} = locateInRoot(root, '/etc/resolv.conf');
	if (reservedDirectory(target) !== undefined) return undefined;
	if (mount?.kind === 'bind' && mount.cause !== undefined && mount.target === target) return undefined;
	if (mount?.kind === 'image' || mount?.kind === 'guest-bind') return undefined;
	const within = mount?.cause === undefined ? undefined : mount.target;
	if (mount?.kind === 'ram') return isMovable(root.mounts, mount.target) ? undefined : {kind: 'link', target, within};
	return exists ? {kind: 'bind', target, within} : undefined;
}

/** Shell: makes the resolver's link in the ram where it goes, which nothing has been copied to yet. */
export function resolverLink(resolver: ResolverPlan | undefined): string[] {
	if (resolver?.kind !== 'link') return [];
	const target = quote(resolver.target);
	return [`mkdir -p "$(dirname ${target})" && ln -sf ${ioTarget}/${resolverFile} ${target}`];
}

/** The lines that set up a guest's networks, in the order of its interfaces: eth0, eth1, … Shell, read by the init. */
export function networkScript(networks: readonly Network[]): string[] {
	const lines: string[] = [];
	for (const [index, network] of networks.entries()) {
		const name = `eth${index}`;
		lines.push(`ip link set ${name} up || fatal nolink`);
		for (const {address, prefix, broadcast} of network.addresses) {
			lines.push(`ip addr add ${address}/${prefix}${broadcast === undefined ? '' : ` broadcast ${broadcast}`} dev ${name} || fatal noaddress`);
		}
		if (network.dhcp) lines.push(`lease ${name} || fatal nolease`);
		for (const {network: destination, prefix, gateway} of network.routes) {
			lines.push(`ip route add ${destination}/${prefix} via ${gateway} dev ${name} || fatal noroute`);
		}
	}
	return lines;
}

/** What an init's words say of what it could not do, where that is all there is to say. */
export type FatalWords = Readonly<Record<string, readonly [message: string, hint: string]>>;

const noNetwork = 'The guest could not set up its network';
export const networkFatalWords: FatalWords = {
	nolink: [`${noNetwork}: it does not have an interface for each network`, 'Check whether the network of libvirt is active: `virt-sandbox-shell networks`'],
	noaddress: [`${noNetwork}: an address was refused`, 'Each may be given once; look at address='],
	nolease: [
		`${noNetwork}: no server gave it an address (dhcp)`,
		'`virt-sandbox-shell networks` tells which network of libvirt gives addresses; else give one with address=',
	],
	noroute: [`${noNetwork}: a route was refused`, 'A gateway has to be in a network of an address; look at route='],
};

/** What udhcpc runs for a lease. `tellServers`: what a lease's name servers, in `$dns`, are told by. */
export function leaseScriptOf(tellServers: string): string {
	return `#!${ioTarget}/busybox sh\n${fillScript(lease, {applets: appletLines, servers: fillScript(tellServers)})}\n`;
}

/** Of a container. */
export const leaseScript = leaseScriptOf(leaseServers);

/** The file that names the guest's servers; nothing for none. */
export function resolverText(servers: readonly string[]): string {
	return servers.map((server) => `nameserver ${server}\n`).join('');
}
