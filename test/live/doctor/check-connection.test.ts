import test from 'ava';
import {describeNetworks} from '../../../src/live/doctor/check-connection.ts';

const uri = 'lxc:///system?socket=/run/x/libvirt-sock';
const network = (name: string, active: boolean) => ({name, active, uuid: name, bridge: null, forward: null, dhcp: false});

test('a network that is not active is not in order, and what starts it is told', (t) => {
	const idle = {
		area: 'connection',
		subject: 'network default',
		state: 'missing' as const,
		detail: 'it is not active, so no sandbox can be on it',
		mend: `virt-sandbox-shell -c '${uri}' networks start default`,
	};
	t.deepEqual(describeNetworks([network('default', false)], uri), [idle]);
	t.deepEqual(describeNetworks([network('lab', true), network('default', false)], uri), [
		{area: 'connection', subject: 'networks', state: 'ok', detail: 'lab', mend: null},
		idle,
	]);
});

test('a cure is one command, whatever the connection and the network are called', (t) => {
	const [{mend} = {mend: ''}] = describeNetworks([network('a$(b)', false)], "lxc:///system?socket=/x'; y");
	t.is(mend, `virt-sandbox-shell -c 'lxc:///system?socket=/x'\\''; y' networks start 'a$(b)'`);
});
