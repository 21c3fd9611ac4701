import {cString, writeCallProgram} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';
import {
	callsOf,
	cloneTree,
	currentDirectory,
	emptyPath,
	lastDescriptor,
	moveByDescriptors,
	newMounts,
	noLinks,
	pathOnly,
	readOnlyAttribute,
} from './usual-calls.ts';

/** What the starter has open, and the first that is free once all behind it are closed. */
const [mounts, opened] = [3, 4];

/**
 * A program of the host that mounts its directory `empty` upon directories of the mount namespace that is its descriptor 3. One that is
 * no longer there, or reached by a link, is left alone. It fails where the kernel is older than 5.12.
 */
export function coverProgram(targets: readonly string[], empty: string, architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const required = {required: true};
	const onto = opened + targets.length;
	return writeCallProgram(
		[
			call('close_range', [opened, lastDescriptor, 0], required),
			...targets.flatMap((_, index) => [
				call('open_tree', [currentDirectory, cString(empty), cloneTree], required),
				call('mount_setattr', [opened + index, cString(''), emptyPath, {fields: [readOnlyAttribute, 0, 0, 0]}, 32], required),
			]),
			// Its root is that of the namespace then.
			call('setns', [mounts, newMounts], required),
			...targets.flatMap((target, index) => [
				call('openat2', [currentDirectory, cString(target), {fields: [pathOnly, 0, noLinks]}, 24]),
				call('move_mount', [opened + index, cString(''), onto, cString(''), moveByDescriptors]),
				call('close', [onto]),
			]),
			call('exit_group', [0]),
		],
		[call('exit_group', [1])],
		architecture,
	);
}
