import {cString, writeCallProgram} from '../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import {callsOf, currentDirectory, lastDescriptor} from '../guest/program/usual-calls.ts';

const ofDirectories = 0x200;
/** Behind the standard streams. */
const firstOther = 3;

/** A program of the host that removes these files and empty directories, one after the other. */
export function removalProgram(entries: ReadonlyArray<{readonly path: string; readonly isDirectory: boolean}>, architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const removals = entries.map(({path, isDirectory}) => call('unlinkat', [currentDirectory, cString(path), isDirectory ? ofDirectories : 0]));
	// It may be left behind, and keep nothing of its caller's open.
	const closeRest = call('close_range', [firstOther, lastDescriptor, 0]);
	return writeCallProgram([closeRest, ...removals, call('exit_group', [0])], [], architecture);
}
