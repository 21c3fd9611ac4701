import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, plainProgram} from './usual-calls.ts';

const socket = 3;
const [socketLevel, rights] = [1, 1];

/** A program of the host that sends its standard input along the UNIX socket that is its descriptor 3, with a byte that is 0. */
export function passProgram(architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const control = Buffer.alloc(24);
	// Its header, and one descriptor: number 0.
	control.writeBigUInt64LE(20n, 0);
	control.writeUInt32LE(socketLevel, 8);
	control.writeUInt32LE(rights, 12);
	const message = {fields: [0, 0, {fields: [Buffer.alloc(1), 1]}, 1, control, control.length, 0]};
	return plainProgram([call('sendmsg', [socket, message, 0], {required: true})], architecture);
}
