import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {heldAgain, HeldDevices} from '../../../../src/backend/guest/image/held-devices.ts';
import {parseDisk} from '../../../../src/spec/parse/parse-disk.ts';
import {waitUntil} from '../../../helpers/wait-until.ts';

/** A device that one has at a time. */
class Device {
	readonly identity = '7:1';
	claims = 0;
	isTaken = false;

	readonly claim = (): (() => void) | undefined => {
		if (this.isTaken) return undefined;
		this.claims++;
		this.isTaken = true;
		return () => (this.isTaken = false);
	};
}

test('a device that is held is not taken once more, and is free once it is released', (t) => {
	const [device, held, other] = [new Device(), new HeldDevices(), new HeldDevices()];
	t.true(held.hold(device));
	t.true(held.hold(device));
	t.is(device.claims, 1);
	t.false(other.hold(device));
	held.release();
	held.release();
	t.true(other.hold(device));
});

test('a sandbox that is left has its device until what tells of it goes', async (t) => {
	const statePath = mkdtempSync(join(tmpdir(), 'held-'));
	const [device, held] = [new Device(), new HeldDevices()];
	held.hold(device);
	held.releaseOnceGone(statePath);
	t.true(device.isTaken);
	rmSync(statePath, {recursive: true});
	await waitUntil(() => !device.isTaken, 'the device is free');
});

test('whoever takes a sandbox over does without a device that has gone', (t) => {
	t.notThrows(() => heldAgain({mounts: [], disks: [parseDisk('file:d=/none-such')]}).release());
});
