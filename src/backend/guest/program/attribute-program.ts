import {cString, writeCallProgram} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, currentDirectory, emptyPath, lastDescriptor, newMounts, noLinks, pathOnly} from './usual-calls.ts';

/** What the starter has open, and the first that is free once all behind it are closed. */
const [mounts, opened] = [3, 4];

/**
 * A program of the host that gives these attributes to what is mounted at places of the mount namespace that is its descriptor 3. It fails
 * where one is reached by a link, and where the kernel is older than the attributes, or than 5.12.
 */
export function attributeProgram(places: readonly string[], attributes: number, architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const required = {required: true};
	return writeCallProgram(
		[
			call('close_range', [opened, lastDescriptor, 0], required),
			// Its root is that of the namespace then.
			call('setns', [mounts, newMounts], required),
			...places.flatMap((place) => [
				call('openat2', [currentDirectory, cString(place), {fields: [pathOnly, 0, noLinks]}, 24], required),
				call('mount_setattr', [opened, cString(''), emptyPath, {fields: [attributes, 0, 0, 0]}, 32], required),
				call('close', [opened]),
			]),
			call('exit_group', [0]),
		],
		[call('exit_group', [1])],
		architecture,
	);
}
