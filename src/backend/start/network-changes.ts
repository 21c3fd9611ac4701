import type {Connection, DomainRef} from '../libvirt/index.ts';

/** Of a machine's user network: the process that it is (passt) has ended, or another one has taken its place. */
export type NetworkChange = 'network-lost' | 'network-back';

const registerMs = 10_000;

/** Tells of the user networks of all machines of a connection, by what their QEMUs tell; gives what ends that. */
export function onNetworkChange(
	connection: Pick<Connection, 'onMonitorEvent'>,
	listener: (domain: DomainRef, change: NetworkChange) => void,
): Promise<() => void> {
	/** A network that comes is told only where it was gone. */
	const lost = new Set<string>();
	return connection.onMonitorEvent(
		'^NETDEV_STREAM_(DIS)?CONNECTED$',
		({domain, event}) => {
			if (event === 'NETDEV_STREAM_DISCONNECTED') {
				lost.add(domain.uuid);
				listener(domain, 'network-lost');
			} else if (lost.delete(domain.uuid)) {
				listener(domain, 'network-back');
			}
		},
		{timeoutMs: registerMs},
	);
}
