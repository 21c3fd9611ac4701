import {closeSync, constants, openSync} from 'node:fs';
import type {ProgramArchitecture} from '../../guest/program/program-file.ts';
import {askProgram} from '../../guest/program/ask-program.ts';
import {loopFileBytes, loopProgram} from './loop-program.ts';

/**
 * Which file a loop device (`/dev/loop0`) has, as `DEVICE:INODE` of a stat; undefined: none, or it is no loop device. The kernel says so to
 * who asks the device itself, for which Node takes a program at `path`; by `backing_file` it tells a name alone, of whatever mount namespace.
 * Rejects where the program cannot be run.
 */
export async function fileInLoop(device: string, path: string, architecture: ProgramArchitecture): Promise<string | undefined> {
	const descriptor = openSync(device, constants.O_RDONLY | constants.O_NONBLOCK);
	try {
		const answer = await askProgram(path, loopProgram(architecture), descriptor);
		// Those of a stat have a sign in Node.
		return answer.length === loopFileBytes ? `${answer.readBigInt64LE()}:${answer.readBigInt64LE(8)}` : undefined;
	} finally {
		closeSync(descriptor);
	}
}
