import {once} from 'node:events';
import type {Duplex} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {within} from '../../../core/within.ts';
import {runOnce} from './run-once.ts';

/** It takes some milliseconds on a host that is not busy. */
const mostMs = 20_000;

/**
 * What a program, written to `path` for this once, answers about `asked`, which is its descriptor 3; it reads `input`. Rejects where it cannot
 * be run, or does not answer.
 */
export async function askProgram(path: string, program: Buffer, asked: number | Duplex, input: Buffer = Buffer.alloc(0)): Promise<Buffer> {
	const child = runOnce(path, program, {asked});
	const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
	const {stdin, stdout} = child;
	if (stdin === null || stdout === null) return failed;
	stdin.on('error', () => undefined);
	stdin.end(input);
	const answer = Promise.race([buffer(stdout), failed]);
	if (await within(answer, mostMs)) return answer;
	child.kill('SIGKILL');
	stdout.destroy();
	answer.catch(() => undefined);
	throw new Error(`a program that was asked has not answered for ${mostMs} ms`);
}
