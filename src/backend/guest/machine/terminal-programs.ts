import type {SessionFile} from './session-files.ts';
import {writeCallProgram} from './call-program.ts';

/** Numbers of Linux on x86-64, and of its terminals. */
const calls = {ioctl: 16, exit: 231};
const unlockPseudoTerminal = 0x4004_5431;
const hangUp = 0x5437;

/** Each does one thing to the terminal that is its standard input, which no tool of busybox does. */
export const terminalPrograms: readonly SessionFile[] = [
	program('unlock', unlockPseudoTerminal, Buffer.alloc(4)),
	// What was written is still read; then the reader sees the end, and whoever has the terminal open a hang-up.
	program('hangup', hangUp, 0),
];

function program(name: string, request: number, argument: number | Buffer): SessionFile {
	const end = (status: number) => [{number: calls.exit, args: [status]}];
	return {name, mode: 0o700, data: writeCallProgram([{number: calls.ioctl, args: [0, request, argument], required: true}, ...end(0)], end(1))};
}
