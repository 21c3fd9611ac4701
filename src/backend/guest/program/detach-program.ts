import {cString, writeCallProgram} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, detachMount, newMounts} from './usual-calls.ts';

/** A program of the host that takes away all that is mounted in the mount namespace which is its descriptor 3: of a container that has ended, and never the host's. */
export function detachProgram(architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	return writeCallProgram(
		[call('setns', [3, newMounts], {required: true}), call('umount2', [cString('/'), detachMount], {required: true}), call('exit_group', [0])],
		[call('exit_group', [1])],
		architecture,
	);
}
