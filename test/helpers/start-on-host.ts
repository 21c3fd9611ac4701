import {spawn} from 'node:child_process';
import {constants} from 'node:os';
import {PassThrough, Writable} from 'node:stream';
import type {Sandbox, GuestSession, StartOptions} from '../../src/backend/types.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';

/** A stand-in for startSandbox that runs the command on this host, with no sandbox around it: for tests of streams and terminals. */
export async function startOnHost(spec: SandboxSpec, options: Pick<StartOptions, 'size'>): Promise<Sandbox> {
	const session = spec.tty ? await startOnTerminal(spec, options) : startOnPipes(spec);
	return {
		id: 'host',
		name: 'host',
		uri: 'test:///host',
		session,
		async destroy() {
			session.kill(constants.signals.SIGKILL);
			await session.exited;
		},
		async close() {
			await session.exited;
		},
	};
}

function startOnPipes(spec: SandboxSpec): GuestSession {
	const [file = '', ...words] = spec.command;
	const child = spawn(file, words, {stdio: 'pipe', detached: true});
	const exited = new Promise<number>((resolve) => {
		child.on('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
		child.on('error', () => resolve(127));
	});
	return {
		stdin: child.stdin,
		stdout: child.stdout,
		stderr: child.stderr,
		kill(signal) {
			try {
				process.kill(-(child.pid ?? 0), signal);
			} catch {
				// It has ended.
			}
		},
		resize() {},
		exited,
	};
}

async function startOnTerminal(spec: SandboxSpec, {size}: Pick<StartOptions, 'size'>): Promise<GuestSession> {
	const {spawn: spawnOnTerminal} = await import('@lydell/node-pty');
	const [file = '', ...words] = spec.command;
	const child = spawnOnTerminal(file, words, {cols: size?.columns ?? 80, rows: size?.rows ?? 24, encoding: null});
	const stdout = new PassThrough();
	child.onData((data) => stdout.write(data));
	const exited = new Promise<number>((resolve) => {
		child.onExit(({exitCode, signal}) => {
			stdout.end();
			resolve(signal ? 128 + signal : exitCode);
		});
	});
	return {
		stdin: new Writable({
			write(chunk: Buffer, _encoding, callback) {
				child.write(chunk.toString('utf8'));
				callback();
			},
		}),
		stdout,
		stderr: undefined,
		kill(signal) {
			try {
				process.kill(-child.pid, signal);
			} catch {
				// It has ended.
			}
		},
		resize: ({columns, rows}) => child.resize(columns, rows),
		exited,
	};
}
