import {writeCallProgram} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';
import {callsOf} from './usual-calls.ts';

/** In the directory of a container's init. */
export const flushFile = 'flush';

/** TCFLSH, of what was typed. */
const [flush, ofInput] = [0x540b, 0];

/** A program that drops what was typed at its standard input, a terminal, and was not read: at once, also while somebody else reads it. */
export function flushProgram(architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	return writeCallProgram([call('ioctl', [0, flush, ofInput]), call('exit_group', [0])], [], architecture);
}
