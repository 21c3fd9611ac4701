import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, lastDescriptor, ownMemory, plainProgram, takeMemory} from './usual-calls.ts';

/** What the starter has open, and the first that is free once all behind it are closed. */
const [socket, opened] = [3, 4];
const [socketLevel, peerCredentials] = [1, 17];
const answerAt = ownMemory.at + 8;

/** Pid, user and group. */
export const credentialBytes = 12;

/**
 * A program of the host that writes to its standard output who is at the other end of the UNIX socket that is its descriptor 3, as the
 * kernel noted it when that connected. Its standard input is to be how many bytes it has for that.
 */
export function peerProgram(architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const required = {required: true};
	const {at} = ownMemory;
	return plainProgram(
		[
			takeMemory(call),
			call('close_range', [opened, lastDescriptor, 0], required),
			call('read', [0, at, 4], required),
			call('getsockopt', [socket, socketLevel, peerCredentials, answerAt, at], required),
			call('write', [1, answerAt, credentialBytes], required),
		],
		architecture,
	);
}
