import {cString, writeCallProgram} from '../../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../../guest/program/program-file.ts';
import {callsOf, currentDirectory, emptyPath, lastDescriptor, newMounts, noLinks, pathOnly, recursive} from '../../guest/program/usual-calls.ts';

/** What the starter has open, and the first that is free once all behind it are closed. */
const [mounts, opened] = [3, 4];

/** What is mounted at a place gets these attributes. */
interface MountChange {
	readonly place: string;
	readonly set: number;
	/** With all that is mounted below. */
	readonly isRecursive?: boolean;
}

/** The exit status of that program where the kernel, older than 5.12, cannot change mounts so. */
export const unableStatus = 2;
/** What the kernel answers where it has no such call. */
const noSuchCall = 38;

/**
 * A program of the host that changes mounts of the mount namespace that is its descriptor 3, in this order. It fails
 * where one is reached by a link, and where the kernel is older than the attributes; with `unableStatus` where it has no such call.
 */
export function attributeProgram(changes: readonly MountChange[], architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const required = {required: true};
	return writeCallProgram(
		[
			// A kernel that knows the call refuses this one for its size.
			call('mount_setattr', [0, cString(''), 0, 0, 0]),
			call('exit_group', [unableStatus], {afterErrno: noSuchCall}),
			call('close_range', [opened, lastDescriptor, 0], required),
			// Its root is that of the namespace then.
			call('setns', [mounts, newMounts], required),
			...changes.flatMap(({place, set, isRecursive = false}) => [
				call('openat2', [currentDirectory, cString(place), {fields: [pathOnly, 0, noLinks]}, 24], required),
				call('mount_setattr', [opened, cString(''), emptyPath + (isRecursive ? recursive : 0), {fields: [set, 0, 0, 0]}, 32], required),
				call('close', [opened]),
			]),
			call('exit_group', [0]),
		],
		[call('exit_group', [1])],
		architecture,
	);
}
