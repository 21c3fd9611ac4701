import test from 'ava';
import type {DomainRef, MonitorListener} from '../../../src/backend/libvirt/index.ts';
import {onNetworkChange} from '../../../src/backend/start/network-changes.ts';
import {tellNetwork} from '../../../src/backend/machine/tell-network.ts';
import type {Voice} from '../../../src/backend/types.ts';

const [web, db]: readonly DomainRef[] = ['web', 'db'].map((name, index) => ({name, uuid: `${index}`, id: index}));

/** A connection whose machines tell what is said. */
function machines(): {
	readonly onMonitorEvent: (pattern: string, listener: MonitorListener) => Promise<() => void>;
	say(event: string, domain?: DomainRef): void;
} {
	const listeners: MonitorListener[] = [];
	return {
		onMonitorEvent(_pattern, listener) {
			listeners.push(listener);
			return Promise.resolve(() => undefined);
		},
		say(event, domain = web) {
			if (domain !== undefined) for (const listener of listeners) listener({domain, event});
		},
	};
}

test('the end of a user network is told, and that it is back; not its beginning', async (t) => {
	const connection = machines();
	const seen: string[] = [];
	await onNetworkChange(connection, ({name}, change) => seen.push(`${name} ${change}`));
	connection.say('NETDEV_STREAM_CONNECTED');
	connection.say('NETDEV_STREAM_DISCONNECTED');
	connection.say('NETDEV_STREAM_CONNECTED', db);
	connection.say('NETDEV_STREAM_CONNECTED');
	connection.say('NETDEV_STREAM_CONNECTED');
	t.deepEqual(seen, ['web network-lost', 'web network-back']);
});

test('whoever has a machine hears of its network alone', async (t) => {
	const connection = machines();
	const said: string[] = [];
	const voice: Voice = {notice: (level, code) => said.push(`${level} ${code}`), phase: () => undefined};
	await tellNetwork(connection, '0', {voice, onBack: () => Promise.resolve(void said.push('another one'))});
	for (const domain of [db, web]) {
		connection.say('NETDEV_STREAM_DISCONNECTED', domain);
		connection.say('NETDEV_STREAM_CONNECTED', domain);
	}
	t.deepEqual(said, ['error network-lost', 'another one', 'info network-back']);
});

test('a libvirtd that cannot tell of networks ends no machine', async (t) => {
	await t.notThrowsAsync(
		tellNetwork({onMonitorEvent: () => Promise.reject(new Error('no'))}, '0', {
			voice: {notice: () => undefined, phase: () => undefined},
			onBack: () => Promise.resolve(),
		}),
	);
});
