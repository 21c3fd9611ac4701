import {spawn, type ChildProcess, type StdioOptions} from 'node:child_process';
import type {Duplex} from 'node:stream';
import {rmSync, writeFileSync} from 'node:fs';

type Ends = {readonly descriptor: number | Duplex; readonly input?: number} | {readonly asked: number | Duplex} | 'saying' | 'told' | 'told and telling';

/**
 * Starts a program that is written for this once: its file has gone when this returns, whatever became of it. Its descriptor 3 is one of
 * ours, and its standard input `input`, if any; or descriptor 3 is a socket to us, and it goes on `saying` why it fails; or it is told
 * what to do by its standard input, and may tell by its output how far it is; or, where it is `asked` about its descriptor 3, answers.
 */
export function runOnce(path: string, program: Buffer, ends: Ends): ChildProcess {
	try {
		writeFileSync(path, program, {mode: 0o700, flag: 'wx'});
		// A group of its own: what ^C ends is the guest's command.
		const child = spawn(path, [], {cwd: '/', detached: true, env: {}, stdio: stdioOf(ends)});
		child.unref();
		return child;
	} finally {
		rmSync(path, {force: true});
	}
}

function stdioOf(ends: Ends): StdioOptions {
	if (ends === 'saying') return ['ignore', 'ignore', 'pipe', 'pipe'];
	if (typeof ends === 'string') return ['pipe', ends === 'told' ? 'ignore' : 'pipe', 'ignore'];
	if ('asked' in ends) return ['pipe', 'pipe', 'ignore', ends.asked];
	return [ends.input ?? 'ignore', 'ignore', 'ignore', ends.descriptor];
}
