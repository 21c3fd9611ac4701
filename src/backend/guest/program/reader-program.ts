import {busyboxFile, ioTarget} from '../root/root-plan.ts';
import type {Identity} from '../command-file.ts';
import {cString, writeCallProgram} from './call-program.ts';
import {takeRights} from './command-program.ts';
import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, die} from './usual-calls.ts';

/** Its name in the guest's directory of pipes. */
export const readerFile = 'reader';

/** Shell: what to do, and a path as the kernel's table of mounts writes it, come on two lines. */
const script = [
	'IFS= read -r verb',
	'IFS= read -r path',
	// With a zero more a digit that follows is no part of the number.
	'path=$("$0" printf %b. "${path//\\\\/\\\\0}")',
	'path=${path%.}',
	'[ "$verb" = cp ] && exec "$0" cp -a "$path/." .',
	'exec "$0" "$verb" "$path"',
].join('\n');

/** A program of the init's that reads files with the rights of a user, and no others (include-functions.ts says what it is told). */
export function readerProgram(identity: Identity, architecture: ProgramArchitecture): Buffer {
	return scriptProgram(identity, architecture, script);
}

/** One that runs a script of busybox's shell with the rights of a user, and no others. */
export function scriptProgram(identity: Identity, architecture: ProgramArchitecture, text: string): Buffer {
	const call = callsOf(architecture);
	const busybox = `${ioTarget}/${busyboxFile}`;
	const words = ['sh', '-c', text, busybox].map(cString);
	return writeCallProgram(
		[...takeRights(call, identity), call('execve', [cString(busybox), words, []], {required: true})],
		die(call, 'cannot do this with the rights of the user', 125),
		architecture,
	);
}
