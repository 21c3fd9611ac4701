import {Socket} from 'node:net';
import {ShellError} from '../../../core/errors.ts';
import {onceClosed} from '../../../core/stream-ends.ts';
import {runOnce} from '../../guest/program/run-once.ts';

/** How much of what it says is kept, in bytes: it goes on saying what its guest makes it say. */
const mostSaid = 4096;

/** A program that puts a machine's tree together and becomes virtiofsd. */
export interface TreeRun {
	/** It lives as long as somebody has this open. */
	readonly life: Socket;
	/** Of the program, and of what it becomes. */
	readonly pid: number | undefined;
	/** How often it has told how far it is. */
	readonly steps: number;
	/** All of that has come, and what it has said. */
	readonly toldAll: Promise<void>;
	/** Why it could not be started. */
	readonly fault: Error | undefined;
	readonly exited: Promise<void>;
	isOver(): boolean;
	/** The last of what it has said. */
	said(): string;
	/** Does not wait for it: it may never end. */
	end(): void;
}

/** Starts one, which is written to `path` for that. */
export function launchTree(path: string, program: Buffer): TreeRun {
	const child = runOnce(path, program, 'saying');
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
	const [, , saying, life] = child.stdio;
	if (!(life instanceof Socket && saying instanceof Socket)) throw new ShellError('failed', 'virtiofsd has no line to this process');
	let said: Buffer = Buffer.alloc(0);
	saying.unref();
	saying.on('data', (bytes: Buffer) => (said = Buffer.concat([said, bytes.subarray(-mostSaid)]).subarray(-mostSaid)));
	saying.on('error', () => undefined);
	life.unref();
	life.on('data', (bytes: Buffer) => (steps += bytes.length));
	life.on('error', () => undefined);
	const toldAll = Promise.all([life, saying].map((stream) => new Promise<void>((resolve) => onceClosed(stream, resolve)))).then(() => undefined);
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
		said: () => said.toString(),
		end() {
			child.kill('SIGKILL');
			life.destroy();
		},
	};
}
