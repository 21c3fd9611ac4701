import test from 'ava';
import {hasDriver} from '../../../../src/backend/host/libvirtd/has-driver.ts';
import {errorCodes, procedures} from '../../../../src/backend/libvirt/index.ts';
import {isCall, startFakeLibvirtd} from '../../../helpers/fake-libvirtd.ts';

/** A daemon that refuses every OPEN with this error; undefined: it opens. */
async function startRefusing(code: number | undefined) {
	return startFakeLibvirtd((call) => {
		if (code === undefined || !isCall(procedures.open.number)(call)) return false;
		call.fail(code, 'no connection driver available for test:///default');
		return true;
	});
}

for (const [code, has] of [
	[undefined, true],
	[errorCodes.noConnect, false],
	// Something else is wrong with it, which its use will tell.
	[errorCodes.internal, true],
] as const) {
	test(`a daemon that ${code === undefined ? 'opens a URI' : `refuses it with the error ${code}`} has ${has ? 'its' : 'no'} driver`, async (t) => {
		const daemon = await startRefusing(code);
		t.teardown(daemon.stop);
		t.is(await hasDriver(daemon.uri), has);
	});
}

test('a URI that nobody serves is no lack of a driver', async (t) => {
	t.true(await hasDriver('test:///default?socket=/nowhere/sock'));
});
