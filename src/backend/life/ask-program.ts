import {once} from 'node:events';
import type {Duplex} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {runOnce} from './run-once.ts';

/** What a program, written to `path` for this once, answers about `asked`, which is its descriptor 3; it reads `input`. Rejects where it cannot be run. */
export async function askProgram(path: string, program: Buffer, asked: number | Duplex, input: Buffer = Buffer.alloc(0)): Promise<Buffer> {
	const child = runOnce(path, program, {asked});
	const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
	const {stdin, stdout} = child;
	if (stdin === null || stdout === null) return failed;
	stdin.on('error', () => undefined);
	stdin.end(input);
	return Promise.race([buffer(stdout), failed]);
}
