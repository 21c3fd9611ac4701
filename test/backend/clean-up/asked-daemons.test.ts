import test from 'ava';
import {openAskedDaemons} from '../../../src/backend/clean-up/asked-daemons.ts';
import {startFakeLibvirtd} from '../../helpers/fake-libvirtd.ts';

test('work whose connection breaks is done anew over another one', async (t) => {
	const daemon = await startFakeLibvirtd(({client, hangUp}) => {
		if (client > 0) return false;
		hangUp();
		return true;
	});
	const daemons = openAskedDaemons({});
	t.is(await daemons.ask(daemon.uri, async (connection) => connection?.uri), daemon.uri);
	t.deepEqual(daemons.uris(), [daemon.uri]);
	await daemons.close();
	await daemon.stop();
});

test('a libvirtd that hangs up each time is told', async (t) => {
	const daemon = await startFakeLibvirtd(({hangUp}) => {
		hangUp();
		return true;
	});
	const daemons = openAskedDaemons({});
	const error = await t.throwsAsync(daemons.ask(daemon.uri, async () => t.fail()));
	t.is(error.message, 'The connection to libvirtd was lost');
	await daemons.close();
	await daemon.stop();
});

test('where no libvirtd listens the work is done without one', async (t) => {
	const daemons = openAskedDaemons({});
	t.is(await daemons.ask('lxc:///system?socket=/nowhere/socket', async (connection) => connection), undefined);
	await daemons.close();
});
