import {spawn, type ChildProcess} from 'node:child_process';
import {closeSync, openSync, rmSync, writeFileSync} from 'node:fs';

/**
 * Starts a program that is written for this once: its file has gone when this returns, whatever became of it. The file `log` gets what it
 * says; its descriptor 3 is a socket to us.
 */
export function runOnce(path: string, program: Buffer, log: string): ChildProcess {
	const output = openSync(log, 'wx', 0o600);
	try {
		writeFileSync(path, program, {mode: 0o700, flag: 'wx'});
		// A group of its own: what ^C ends is the guest's command.
		const child = spawn(path, [], {cwd: '/', detached: true, env: {}, stdio: ['ignore', output, output, 'pipe']});
		child.unref();
		return child;
	} finally {
		closeSync(output);
		rmSync(path, {force: true});
	}
}
