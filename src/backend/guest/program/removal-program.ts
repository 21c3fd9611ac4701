import {cString, writeCallProgram} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, currentDirectory} from './usual-calls.ts';

const ofDirectories = 0x200;

/** A program of the host that removes these files and empty directories, one after the other. */
export function removalProgram(entries: ReadonlyArray<{readonly path: string; readonly isDirectory: boolean}>, architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const removals = entries.map(({path, isDirectory}) => call('unlinkat', [currentDirectory, cString(path), isDirectory ? ofDirectories : 0]));
	return writeCallProgram([...removals, call('exit_group', [0])], [], architecture);
}
