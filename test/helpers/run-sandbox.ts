import {buffer} from 'node:stream/consumers';
import type {ExecutionContext} from 'ava';
import {startSandbox} from '../../src/backend/sandbox.ts';
import type {Sandbox, StartOptions} from '../../src/backend/types.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import {rootCaller, silentVoice} from './caller.ts';
import {testLibvirtd} from './libvirtd.ts';

export {rootCaller, silentVoice} from './caller.ts';

/** What a test changes of the default sandbox. */
export type SpecChanges = Partial<SandboxSpec>;

export interface Finished {
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
}

/** Starts a container that is gone at the test's end whatever happens. */
export async function startTestSandbox(t: ExecutionContext, changes: SpecChanges, options: Partial<StartOptions> = {}): Promise<Sandbox> {
	const sandbox = await startSandbox({...defaultSpec, uri: testLibvirtd().uri, ...changes}, {voice: silentVoice, caller: rootCaller, ...options});
	t.teardown(async () => {
		await sandbox.destroy();
		await sandbox.close();
	});
	return sandbox;
}

/** Runs a command in a container of its own to the end; without input it gets an empty one. */
export async function runInSandbox(
	t: ExecutionContext,
	command: readonly string[],
	changes: SpecChanges & {readonly input?: string | Uint8Array} = {},
): Promise<Finished> {
	const {input, ...rest} = changes;
	const sandbox = await startTestSandbox(t, {command, ...rest});
	return finish(sandbox, input);
}

/** Gives a running sandbox its input and collects what comes of it. */
export async function finish(sandbox: Pick<Sandbox, 'session' | 'close'>, input: string | Uint8Array = ''): Promise<Finished> {
	const {session} = sandbox;
	if (!session.stdin.writableEnded) {
		session.stdin.end(input);
	}
	const [stdout, stderr, status] = await Promise.all([
		buffer(session.stdout),
		session.stderr === undefined ? Buffer.alloc(0) : buffer(session.stderr),
		session.exited,
	]);
	await sandbox.close();
	return {status, stdout: stdout.toString(), stderr: stderr.toString()};
}
