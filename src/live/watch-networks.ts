import {chooseDriver} from '../backend/domain/drivers.ts';
import {onNetworkChange, type NetworkChange} from '../backend/start/network-changes.ts';
import type {Connection} from '../backend/libvirt/index.ts';

/** Tells of user networks of machines that end or come back; gives what ends that. What may only be looked at tells nothing of them. */
export async function watchNetworks(connection: Connection, uri: string, onEvent: (name: string, event: NetworkChange) => void): Promise<() => void> {
	const none = (): void => undefined;
	if (!chooseDriver(undefined, uri).hasMonitorEvents) return none;
	return onNetworkChange(connection, ({name}, change) => onEvent(name, change)).catch(() => none);
}
