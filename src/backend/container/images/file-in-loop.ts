import {closeSync, constants, openSync, type BigIntStats} from 'node:fs';
import {askProgram} from '../../guest/program/ask-program.ts';
import {writeCallProgram} from '../../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../../guest/program/program-file.ts';
import {callsOf, lastDescriptor, ownMemory, takeMemory} from '../../guest/program/usual-calls.ts';

/** What the starter has open, and the first that is free once all behind it are closed. */
const [device, opened] = [3, 4];
/** LOOP_GET_STATUS64. */
const getStatus = 0x4c05;

/** How a `struct loop_info64` begins: device and inode of the file, and which device that is itself, 64 bits each. */
const loopFileBytes = 24;

/** What a loop device has: a file, or a node of a block device. */
export type LoopFile = Pick<BigIntStats, 'dev' | 'ino' | 'rdev'>;

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
 * Which file a loop device (`/dev/loop0`) has; undefined: none, or it is no loop device. The kernel says so to
 * who asks the device itself, for which Node takes a program at `path`; by `backing_file` it tells a name alone, of whatever mount namespace.
 * Rejects where the program cannot be run.
 */
export async function fileInLoop(device: string, path: string, architecture: ProgramArchitecture): Promise<LoopFile | undefined> {
	const descriptor = openSync(device, constants.O_RDONLY | constants.O_NONBLOCK);
	try {
		const answer = await askProgram(path, loopProgram(architecture), descriptor);
		// Those of a stat have a sign in Node.
		const [dev, ino, rdev] = [0, 8, 16].map((offset) => (answer.length === loopFileBytes ? answer.readBigInt64LE(offset) : undefined));
		return dev === undefined || ino === undefined || rdev === undefined ? undefined : {dev, ino, rdev};
	} finally {
		closeSync(descriptor);
	}
}

/** Whether that is what somebody has seen by a stat. A device may have several nodes. */
export function isThat(file: LoopFile | undefined, stats: BigIntStats): boolean {
	if (file === undefined) return false;
	return stats.isBlockDevice() ? file.rdev === stats.rdev : file.dev === stats.dev && file.ino === stats.ino;
}
