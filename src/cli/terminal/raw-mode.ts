import {spawnSync} from 'node:child_process';
import type {ReadStream} from 'node:tty';

/**
 * Gives every key and every byte to the guest's terminal: no echo, no signals, no translation.
 * The answer puts the settings back as they were; Node does so too when the process exits in any way but SIGKILL.
 */
export function enterRawMode(terminal: ReadStream, descriptor: number): () => void {
	const enter = (): void => {
		terminal.setRawMode(true);
		// Node's raw mode still turns a line feed into two characters, which moves the cursor of programs that draw.
		// Waited for: a late one would change the terminal after we have left it.
		spawnSync('stty', ['-opost'], {stdio: [descriptor, 'ignore', 'ignore'], timeout: 1000});
	};
	// After a stop the shell has put its own settings back.
	const again = (): void => {
		terminal.setRawMode(false);
		enter();
	};
	const leave = (): void => {
		process.off('SIGCONT', again);
		process.off('exit', leave);
		terminal.setRawMode(false);
	};
	process.on('SIGCONT', again);
	process.on('exit', leave);
	enter();
	return leave;
}
