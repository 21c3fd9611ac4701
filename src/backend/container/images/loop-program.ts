import {writeCallProgram} from '../../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../../guest/program/program-file.ts';
import {callsOf, lastDescriptor, ownMemory, takeMemory} from '../../guest/program/usual-calls.ts';

/** What the starter has open, and the first that is free once all behind it are closed. */
const [device, opened] = [3, 4];
/** LOOP_GET_STATUS64. */
const getStatus = 0x4c05;

/** How a `struct loop_info64` begins: device and inode of the file, 64 bits each. */
export const loopFileBytes = 16;

/** A program of the host that writes to its standard output which file the loop device has that is its descriptor 3. */
export function loopProgram(architecture: ProgramArchitecture): Buffer {
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
