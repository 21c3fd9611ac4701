import {cString, writeCallProgram} from './call-program.ts';
import type {ProgramBasis} from './program-basis.ts';
import {callsOf, die, takeFilter, takeNoNewPrivileges} from './usual-calls.ts';

/** As libvirt names it. */
export const uuidVariable = 'container_uuid';

/** Where libvirt puts what was passed to it, and where the init has it: the command's standard input. */
const passed = 3;
const givenInput = 9;

/**
 * The first process of a container: takes on the filter of system calls, so that a command that may trace the init gains nothing by
 * that, and becomes busybox's shell with a script. Of the environment that libvirt gives only the container's uuid is left, by which
 * it is known without libvirtd, and PATH leads to nothing of the root.
 */
export function beginProgram(
	{busybox, script, directory, uuid, hasInput}: Readonly<Record<'busybox' | 'script' | 'directory' | 'uuid', string>> & {readonly hasInput: boolean},
	{architecture, filter}: ProgramBasis,
): Buffer {
	const call = callsOf(architecture);
	return writeCallProgram(
		[
			takeNoNewPrivileges(call),
			...(hasInput ? [call('dup3', [passed, givenInput, 0], {required: true}), call('close', [passed])] : []),
			...(filter === undefined ? [] : [takeFilter(call, filter)]),
			call('execve', [cString(busybox), ['sh', script].map(cString), [`PATH=${directory}`, `${uuidVariable}=${uuid}`].map(cString)], {required: true}),
		],
		die(call, 'the init cannot begin', 125),
		architecture,
	);
}
