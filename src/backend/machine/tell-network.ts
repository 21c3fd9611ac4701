import type {Connection} from '../libvirt/index.ts';
import type {Voice} from '../types.ts';
import {onNetworkChange} from '../start/network-changes.ts';

/** Whom it concerns that a machine's network has ended, and that another one has taken its place. */
interface NetworkListener {
	readonly voice: Voice;
	onBack(): Promise<void>;
}

/** Tells of the end of passt under a machine that runs: its command sees none of that. Never rejects: a libvirtd that cannot tell ends no machine. */
export async function tellNetwork(connection: Pick<Connection, 'onMonitorEvent'>, uuid: string, {voice, onBack}: NetworkListener): Promise<void> {
	try {
		await onNetworkChange(connection, (domain, change) => {
			if (domain.uuid !== uuid) return;
			if (change === 'network-lost') {
				voice.notice(
					'error',
					change,
					'passt, which was the network of the machine, has ended: connections are cut, and forwarded ports lead nowhere',
					'A newer libvirt starts it again within seconds, and a notice tells you so; else start the machine anew',
				);
			} else {
				void onBack();
				voice.notice('info', change, 'passt runs again: the machine has its network back');
			}
		});
	} catch {
		// It is lost by now, or may not be asked.
	}
}
