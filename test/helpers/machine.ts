import {accessSync, constants, globSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {hasModule, readModuleIndex} from '../../src/backend/machine/boot/kernel-modules.ts';
import {hostKernelPlaces} from '../../src/backend/machine/boot/kernels.ts';
import type {Sandbox, StartOptions} from '../../src/backend/types.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {testLibvirtd} from './libvirtd.ts';
import {startTestSandbox, type SpecChanges} from './run-sandbox.ts';

/** What this host lacks for machines that have this module, for people; empty: nothing. The one place that decides whether tests of machines run. */
export function findMachineLack(module: 'virtiofs' | '9pnet_virtio', kernel: string): string {
	if (process.env['VIRT_SANDBOX_TEST_SOCKET'] === undefined) return 'there is no libvirtd for the tests';
	const needs: ReadonlyArray<readonly [string, boolean]> = [
		['qemu-system-x86', isThere('/usr/bin/qemu-system-x86_64')],
		['libvirt-daemon-driver-qemu', isThere('/usr/lib*/**/libvirt/connection-driver/libvirt_driver_qemu.so')],
		['virtiofsd', isThere('/usr/libexec/virtiofsd')],
		[kernel, hasKernel(module)],
	];
	const lacking = needs.filter(([, has]) => !has).map(([name]) => name);
	return lacking.length === 0 ? '' : `not installed: ${lacking.join(', ')}`;
}

function isThere(pattern: string): boolean {
	return globSync(pattern).length > 0;
}

function hasKernel(module: string): boolean {
	const {boot} = hostKernelPlaces();
	return globSync(`${boot}/vmlinuz-*`).some((image) => {
		try {
			accessSync(image, constants.R_OK);
			return hasModule(readModuleIndex(image.replace(`${boot}/vmlinuz-`, '/lib/modules/')), module);
		} catch {
			return false;
		}
	});
}

/** A test where machines can run, else a skipped one; where they must be able to (CI=true), an error. One after the other: each takes a whole CPU. */
function testUnless(lack: string): typeof test.serial | typeof test.serial.skip {
	if (lack === '') return test.serial;
	if (process.env['CI'] === 'true') throw new Error(`Machines cannot be tested, ${lack}`);
	return test.serial.skip;
}

/** A test that boots machines, under emulation. */
export const testWithMachines = testUnless(findMachineLack('virtiofs', 'linux-image-cloud-amd64'));

/** The same for those of an ordinary user, who shares directories by 9p. */
export const testWithUserMachines = testUnless(findMachineLack('9pnet_virtio', 'linux-image-amd64'));

/** The tests' libvirtd as it serves machines. */
export function testMachineUri(): string {
	return `qemu:///system?socket=${testLibvirtd().socket}`;
}

/** Starts a machine that is gone at the test's end whatever happens. */
export function startTestMachine(t: ExecutionContext, changes: SpecChanges, options: Partial<StartOptions> = {}): Promise<Sandbox> {
	return startTestSandbox(t, {uri: testMachineUri(), kernel: {...defaultSpec.kernel, accel: 'tcg'}, ...changes}, options);
}
