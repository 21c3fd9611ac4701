import type {Duplex} from 'node:stream';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import {credentialBytes, peerProgram} from '../guest/program/peer-program.ts';
import {askProgram} from '../guest/program/ask-program.ts';

/**
 * The pid of whoever connected to a UNIX socket of ours, as the kernel noted it: nobody can say it in another's place. It takes a program
 * at `path`, since Node does not ask. 0: a process that is not to be seen from here. Rejects where the program cannot be run.
 */
export async function peerOf(socket: Duplex, path: string, architecture: ProgramArchitecture): Promise<number> {
	const room = Buffer.alloc(4);
	room.writeUInt32LE(credentialBytes);
	const answering = askProgram(path, peerProgram(architecture), socket, room);
	// Node takes a stream that it shares for given away.
	socket.resume();
	const answer = await answering;
	if (answer.length !== credentialBytes) throw new Error('the kernel does not say who is at the other end of a socket');
	return answer.readInt32LE();
}
