import test from 'ava';
import type {TestLibvirtd} from './own-libvirtd.ts';

export {startOwnLibvirtd, type OwnLibvirtd, type TestLibvirtd} from './own-libvirtd.ts';

const socket = process.env['VIRT_SANDBOX_TEST_SOCKET'];
if (socket === undefined && process.env['CI'] === 'true') {
	throw new Error('There is no libvirtd for the tests (VIRT_SANDBOX_TEST_SOCKET): start them by scripts/test.sh');
}

/**
 * A test that needs the libvirtd of the tests; skipped where scripts/test-bed.sh could not start one (never with CI=true).
 * One after the other: thirty starts at once keep a small machine so busy that waits run out.
 */
export const testWithLibvirtd = socket === undefined ? test.serial.skip : test.serial;

/** The libvirtd of this test run, for a test made by testWithLibvirtd. */
export function testLibvirtd(): TestLibvirtd {
	if (socket === undefined) {
		throw new Error('There is no libvirtd for the tests');
	}
	return {socket, uri: `lxc:///system?socket=${socket}`};
}
