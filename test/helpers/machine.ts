import {existsSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {hostKernelPlaces} from '../../src/backend/host/kernels.ts';
import {readdirSync, globSync} from 'node:fs';
import type {Sandbox, StartOptions} from '../../src/backend/types.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {testLibvirtd} from './libvirtd.ts';
import {startTestSandbox, type SpecChanges} from './run-sandbox.ts';

/** What this host lacks for machines, for people; empty: nothing. The one place that decides whether tests of machines run. */
export function findMachineLack(): string {
	if (process.env['VIRT_SANDBOX_TEST_SOCKET'] === undefined) return 'there is no libvirtd for the tests';
	const needs: ReadonlyArray<readonly [string, boolean]> = [
		['qemu-system-x86', existsSync('/usr/bin/qemu-system-x86_64')],
		['libvirt-daemon-driver-qemu', globSync('/usr/lib*/**/libvirt/connection-driver/libvirt_driver_qemu.so').length > 0],
		['virtiofsd', existsSync('/usr/libexec/virtiofsd')],
		['linux-image-cloud-amd64', existsSync('/boot') && readdirSync(hostKernelPlaces().boot).some((name) => name.startsWith('vmlinuz-'))],
	];
	const lacking = needs.filter(([, isThere]) => !isThere).map(([name]) => name);
	return lacking.length === 0 ? '' : `not installed: ${lacking.join(', ')}`;
}

// The set-up does not install QEMU yet: with that this becomes an error with CI=true, as it is for the libvirtd of the tests.
const lack = findMachineLack();

/** A test that boots machines, under emulation; skipped where something for that is missing. One after the other: each takes a whole CPU. */
export const testWithMachines = lack === '' ? test.serial : test.serial.skip;

/** Starts a machine that is gone at the test's end whatever happens. */
export function startTestMachine(t: ExecutionContext, changes: SpecChanges, options: Partial<StartOptions> = {}): Promise<Sandbox> {
	const uri = `qemu:///system?socket=${testLibvirtd().socket}`;
	return startTestSandbox(t, {uri, kernel: {...defaultSpec.kernel, accel: 'tcg'}, ...changes}, options);
}
