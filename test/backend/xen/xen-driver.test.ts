import test from 'ava';
import {xenDriver} from '../../../src/backend/xen/domain/xen-driver.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';
import {parseNetwork} from '../../../src/spec/parse/parse-network.ts';
import type {SandboxSpec} from '../../../src/spec/types.ts';

const {limits, kernel} = defaultSpec;
const asked: ReadonlyArray<readonly [what: string, changes: Partial<SandboxSpec>, message: RegExp]> = [
	['mapped ids', {idmap: {start: 100_000, count: 65_536}}, /maps no ids/],
	['a swap limit', {limits: {...limits, swapKiB: 1024}}, /no swap limit/],
	['a limit of processes', {limits: {...limits, pids: 7}}, /nothing limits its processes/],
	['a weight', {limits: {...limits, cpuShares: 7}}, /takes no limits of processor time/],
	['a user network', {networks: [parseNetwork('user')]}, /no user network/],
	['a filter', {networks: [parseNetwork('filter=clean-traffic')]}, /applies no filters/],
	['neighbours that are kept apart', {networks: [parseNetwork('isolated')]}, /isolates nobody/],
	['a label', {security: {...defaultSpec.security, mode: 'dynamic'}}, /no labels/],
	['emulation', {kernel: {...kernel, accel: 'tcg'}}, /runs on Xen itself/],
];

for (const [what, changes, message] of asked) {
	test(`a guest of Xen is refused with ${what}`, (t) => {
		const refusals = xenDriver.findRefusals({...defaultSpec, ...changes});
		t.is(refusals.length, 1);
		t.regex(refusals[0]?.message ?? '', message);
	});
}

test('one with no more than Xen gives is not', (t) => {
	t.deepEqual(xenDriver.findRefusals({...defaultSpec, limits: {...limits, pids: 0, vcpus: 4}, networks: [parseNetwork('dhcp')]}), []);
});
