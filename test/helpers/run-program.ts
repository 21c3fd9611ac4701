import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {constants} from 'node:os';
import {fileURLToPath} from 'node:url';

/** A program of this project, as it is installed: the launcher in bin/. */
export function programPath(name: 'virt-sandbox' | 'virt-sandbox-shell'): string {
	return fileURLToPath(new URL(`../../../bin/${name}`, import.meta.url));
}

export interface Ended {
	/** As a shell has it: 128 + signal where one ended it. */
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunSettings {
	/** All of standard input; by default it is empty. */
	readonly input?: Uint8Array | string;
	readonly environment?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
	/** After this it is killed; default: a minute. */
	readonly longestMs?: number;
}

export interface Running {
	readonly child: ChildProcessWithoutNullStreams;
	/** Waits until standard output holds a text; rejects at the program's end. */
	says(text: string): Promise<void>;
	/** Its end; after a minute, if nothing else is said, it is killed, and that is the end. */
	readonly ended: Promise<Ended>;
	/** Standard output up to now. */
	bytes(): Buffer;
}

const usualMs = 60_000;

/** Starts a program with pipes. */
export function startProgram(file: string, words: readonly string[], {input, environment = process.env, cwd, longestMs = usualMs}: RunSettings = {}): Running {
	const child = spawn(file, words, {stdio: 'pipe', env: environment, cwd});
	const parts: Buffer[] = [];
	let stderr = '';
	const listeners = new Set<() => void>();
	child.stdout.on('data', (chunk: Buffer) => {
		parts.push(chunk);
		for (const listener of listeners) {
			listener();
		}
	});
	child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
	// A program that does not read its input is no failure of the test.
	child.stdin.on('error', () => {});
	if (input !== undefined) {
		child.stdin.end(input);
	}
	const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
	const bytes = (): Buffer => Buffer.concat(parts);
	const ended = new Promise<Ended>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => {
			clearTimeout(timer);
			resolve({status: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), stdout: bytes().toString('utf8'), stderr});
		});
	});
	const says = (text: string): Promise<void> =>
		new Promise((resolve, reject) => {
			const look = (): void => {
				if (bytes().includes(text)) {
					listeners.delete(look);
					resolve();
				}
			};
			listeners.add(look);
			look();
			ended.then(({stdout, stderr}) => reject(new Error(`The program ended and has not said '${text}': ${stdout}${stderr}`)), reject);
		});
	return {child, says, ended, bytes};
}

/** Runs a program with pipes to its end. */
export function runProgram(file: string, words: readonly string[], settings: RunSettings = {}): Promise<Ended> {
	return startProgram(file, words, {input: '', ...settings}).ended;
}
