import {spawn, type ChildProcess, type StdioOptions} from 'node:child_process';
import type {Duplex} from 'node:stream';
import {closeSync, openSync, rmSync, writeFileSync} from 'node:fs';

/**
 * Starts a program that is written for this once: its file has gone when this returns, whatever became of it. Its descriptor 3 is one of
 * ours, and its standard input `input`, if any; or descriptor 3 is a socket to us, and a file `log` gets what it says.
 */
export function runOnce(
	path: string,
	program: Buffer,
	ends: {readonly log: string} | {readonly descriptor: number | Duplex; readonly input?: number},
): ChildProcess {
	const output = 'log' in ends ? openSync(ends.log, 'wx', 0o600) : undefined;
	try {
		writeFileSync(path, program, {mode: 0o700, flag: 'wx'});
		// A group of its own: what ^C ends is the guest's command.
		const stdio: StdioOptions = 'log' in ends ? ['ignore', output, output, 'pipe'] : [ends.input ?? 'ignore', 'ignore', 'ignore', ends.descriptor];
		const child = spawn(path, [], {cwd: '/', detached: true, env: {}, stdio});
		child.unref();
		return child;
	} finally {
		if (output !== undefined) closeSync(output);
		rmSync(path, {force: true});
	}
}
