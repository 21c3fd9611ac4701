import {closeSync, constants, openSync} from 'node:fs';
import {askProgram} from '../../guest/program/ask-program.ts';
import {writeCallProgram} from '../../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../../guest/program/program-file.ts';
import {callsOf, lastDescriptor, ownMemory, takeMemory} from '../../guest/program/usual-calls.ts';

/** What the starter has open, and the first that is free once all behind it are closed. */
const [device, opened] = [3, 4];
/** LOOP_GET_STATUS64. */
const getStatus = 0x4c05;

/** How a `struct loop_info64` begins: device and inode of the file, 64 bits each. */
const loopFileBytes = 16;

/** A program of the host that writes to its standard output which file the loop device has that is its descriptor 3. */
function loopProgram(architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const required = {required: true};
	const {at} = ownMemory;
	return writeCallProgram(
		[
			takeMemory(call),
			call('close_range', [opened, lastDescriptor, 0]),
			call('ioctl', [device, getStatus, at], required),
			call('write', [1, at, loopFileBytes], required),
			call('exit_group', [0]),
		],
		[call('exit_group', [1])],
		architecture,
	);
}

/**
 * Which file a loop device (`/dev/loop0`) has, as `DEVICE:INODE` of a stat; undefined: none, or it is no loop device. The kernel says so to
 * who asks the device itself, for which Node takes a program at `path`; by `backing_file` it tells a name alone, of whatever mount namespace.
 * Rejects where the program cannot be run.
 */
export async function fileInLoop(device: string, path: string, architecture: ProgramArchitecture): Promise<string | undefined> {
	const descriptor = openSync(device, constants.O_RDONLY | constants.O_NONBLOCK);
	try {
		const answer = await askProgram(path, loopProgram(architecture), descriptor);
		// Those of a stat have a sign in Node.
		return answer.length === loopFileBytes ? `${answer.readBigInt64LE()}:${answer.readBigInt64LE(8)}` : undefined;
	} finally {
		closeSync(descriptor);
	}
}
