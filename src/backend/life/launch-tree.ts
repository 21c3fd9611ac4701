import {Socket} from 'node:net';
import {ShellError} from '../../core/errors.ts';
import {onceClosed} from '../../core/stream-ends.ts';
import {runOnce} from './run-once.ts';

/** A program that puts a machine's tree together and becomes virtiofsd. */
export interface TreeRun {
	/** It lives as long as somebody has this open. */
	readonly life: Socket;
	/** Of the program, and of what it becomes. */
	readonly pid: number | undefined;
	/** How often it has told how far it is. */
	readonly steps: number;
	/** All of that has come. */
	readonly toldAll: Promise<void>;
	/** Why it could not be started. */
	readonly fault: Error | undefined;
	readonly exited: Promise<void>;
	isOver(): boolean;
	/** Does not wait for it: it may never end. */
	end(): void;
}

/** Starts one, which is written to `path` for that, and says what it has to say in `log`. */
export function launchTree(path: string, program: Buffer, log: string): TreeRun {
	const child = runOnce(path, program, {log});
	let fault: Error | undefined;
	let isOver = false;
	let steps = 0;
	const exited = new Promise<void>((resolve) => {
		child.once('error', (error) => {
			fault = error;
			resolve();
		});
		child.once('exit', () => resolve());
	}).then(() => void (isOver = true));
	const life = child.stdio[3];
	if (!(life instanceof Socket)) throw new ShellError('failed', 'virtiofsd has no line to this process');
	life.unref();
	life.on('data', (bytes: Buffer) => (steps += bytes.length));
	life.on('error', () => undefined);
	const toldAll = new Promise<void>((resolve) => onceClosed(life, resolve));
	return {
		life,
		pid: child.pid,
		get steps() {
			return steps;
		},
		toldAll,
		get fault() {
			return fault;
		},
		exited,
		isOver: () => isOver,
		end() {
			child.kill('SIGKILL');
			life.destroy();
		},
	};
}
