import {spawn, type ChildProcess, type StdioOptions} from 'node:child_process';
import {closeSync, openSync, rmSync, writeFileSync} from 'node:fs';

/**
 * Starts a program that is written for this once: its file has gone when this returns, whatever became of it. With a file `log`, that
 * gets what it says, and its descriptor 3 is a socket to us.
 */
export function runOnce(path: string, program: Buffer, log?: string): ChildProcess {
	const output = log === undefined ? undefined : openSync(log, 'wx', 0o600);
	try {
		writeFileSync(path, program, {mode: 0o700, flag: 'wx'});
		// A group of its own: what ^C ends is the guest's command.
		const stdio: StdioOptions = output === undefined ? 'ignore' : ['ignore', output, output, 'pipe'];
		const child = spawn(path, [], {cwd: '/', detached: true, env: {}, stdio});
		child.unref();
		return child;
	} finally {
		if (output !== undefined) closeSync(output);
		rmSync(path, {force: true});
	}
}
