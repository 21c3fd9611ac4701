import type {Network} from '../../spec/types.ts';

/** The lines that set up a guest's networks, in the order of its interfaces: eth0, eth1, … Shell, read by the init. */
export function networkScript(networks: readonly Network[]): string[] {
	if (networks.length === 0) return [];
	const lines = ['ip link set lo up'];
	for (const [index, network] of networks.entries()) {
		const name = `eth${index}`;
		lines.push(`ip link set ${name} up || fatal network`);
		for (const {address, prefix, broadcast} of network.addresses) {
			lines.push(`ip addr add ${address}/${prefix}${broadcast === undefined ? '' : ` broadcast ${broadcast}`} dev ${name} || fatal network`);
		}
		if (network.dhcp) lines.push(`lease ${name} || fatal network`);
		for (const {network: destination, prefix, gateway} of network.routes) {
			lines.push(`ip route add ${destination}/${prefix} via ${gateway} dev ${name} || fatal network`);
		}
	}
	return lines;
}
