import type {Duplex} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {once} from 'node:events';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import {credentialBytes, peerProgram} from '../guest/program/peer-program.ts';
import {runOnce} from './run-once.ts';

/**
 * The pid of whoever connected to a UNIX socket of ours, as the kernel noted it: nobody can say it in another's place. It takes a program
 * at `path`, since Node does not ask. 0: a process that is not to be seen from here. Rejects where the program cannot be run.
 */
export async function peerOf(socket: Duplex, path: string, architecture: ProgramArchitecture): Promise<number> {
	const child = runOnce(path, peerProgram(architecture), {asked: socket});
	// Node takes a stream that it shares for given away.
	socket.resume();
	const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
	const {stdin, stdout} = child;
	if (stdin === null || stdout === null) return failed;
	stdin.on('error', () => undefined);
	const room = Buffer.alloc(4);
	room.writeUInt32LE(credentialBytes);
	stdin.end(room);
	const answer = await Promise.race([buffer(stdout), failed]);
	if (answer.length !== credentialBytes) throw new Error('the kernel does not say who is at the other end of a socket');
	return answer.readInt32LE();
}
