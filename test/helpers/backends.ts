// One suite, every backend: a test is written once and runs in a container and in a machine.
import test, {type ExecutionContext} from 'ava';
import {execInSandbox} from '../../src/backend/session/exec-in-sandbox.ts';
import {findSandbox, type FoundSandbox} from '../../src/backend/session/find-sandbox.ts';
import {destroySandbox} from '../../src/backend/session/stop-sandbox.ts';
import {startCapturedSandbox} from '../../src/backend/sandbox.ts';
import type {Sandbox, StartOptions} from '../../src/backend/types.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import type {User} from '../../src/spec/types.ts';
import {testLibvirtd, testWithLibvirtd} from './libvirtd.ts';
import {testMachineUri, testWithMachines} from './machine.ts';
import {finish, rootCaller, silentVoice, startTestSandbox, type Finished, type SpecChanges} from './run-sandbox.ts';

/** A command that runs, in whatever sandbox. */
export type RunningCommand = Pick<Sandbox, 'session' | 'close'>;

/** A hypervisor that a suite runs over. */
export interface TestBackend {
	readonly name: 'container' | 'machine';
	/** How many sandboxes, or commands of exec in one of them, a test may have at once. */
	readonly most: number;
	/** What is much data for it, in bytes. */
	readonly bulk: number;
	/** The terminal that a command gets from `begin`. */
	readonly tty: string;
	/** What its starts tell, in order. */
	readonly phases: readonly string[];
	/** What its sandboxes have in common. */
	spec(): SpecChanges;
	/** Starts a sandbox, which is gone at the test's end whatever happens. */
	start(t: ExecutionContext, changes: SpecChanges, options?: Partial<StartOptions>): Promise<Sandbox>;
	/** Begins a command as any sandbox can run it. Machines take seconds to boot: theirs is one that all tests of a file share. */
	begin(t: ExecutionContext, command: readonly string[], changes?: CommandChanges): Promise<RunningCommand>;
}

/** What a command can have in a sandbox that runs already as well. */
export type CommandChanges = Pick<SpecChanges, 'user' | 'cwd' | 'environment' | 'tty'> & Pick<StartOptions, 'size'>;

export const container: TestBackend = {
	name: 'container',
	most: 20,
	bulk: 20_000_000,
	tty: '/dev/tty2',
	phases: ['layout', 'connected', 'created', 'ready'],
	spec: () => ({uri: testLibvirtd().uri}),
	start: (t, changes, options) => startTestSandbox(t, changes, options),
	begin: (t, command, {size, ...changes} = {}) => startTestSandbox(t, {command, ...changes}, {size}),
};

export const machine: TestBackend = {
	name: 'machine',
	most: 4,
	bulk: 4_000_000,
	tty: '/dev/pts/0',
	phases: ['kernel', 'initramfs', 'layout', 'create', 'boot', 'root', 'ready'],
	spec: () => ({uri: testMachineUri(), kernel: {...defaultSpec.kernel, accel: 'tcg'}}),
	start: (t, changes, options) => startTestSandbox(t, {...machine.spec(), ...changes}, options),
	async begin(t, command, {size, user, cwd, environment = {}, tty = false} = {}) {
		shared ??= startShared();
		const asking = {cwd: rootCaller.cwd, environment: rootCaller.environment};
		const request = {command, tty, size, cwd, environment, user: userWord(user), caller: asking};
		const session = await execInSandbox(await shared, request, options);
		t.teardown(() => session.kill(9));
		return {session, close: () => Promise.resolve()};
	},
};

const options = {caller: rootCaller, signal: undefined};
let shared: Promise<FoundSandbox> | undefined;

async function startShared(): Promise<FoundSandbox> {
	const name = `shared-${process.pid}`;
	await startCapturedSandbox({...defaultSpec, ...machine.spec(), name, command: ['sleep', '3600']}, {voice: silentVoice, caller: rootCaller});
	return findSandbox(name, rootCaller);
}

test.after.always('the shared machine ends', async () => {
	if (shared !== undefined) await destroySandbox(await shared, options);
});

function userWord(user: User | undefined): string | undefined {
	return user?.kind === 'name' ? user.name : user?.kind === 'root' ? 'root' : undefined;
}

/** Runs a command to its end, as `begin` does; without input it gets an empty one. */
export async function runIn(
	backend: TestBackend,
	t: ExecutionContext,
	command: readonly string[],
	{input, ...changes}: CommandChanges & {readonly input?: string | Uint8Array} = {},
): Promise<Finished> {
	return finish(await backend.begin(t, command, changes), input);
}

/** The same in a sandbox of its own. */
export async function runAlone(
	backend: TestBackend,
	t: ExecutionContext,
	command: readonly string[],
	{input, ...changes}: SpecChanges & {readonly input?: string | Uint8Array} = {},
): Promise<Finished> {
	return finish(await backend.start(t, {command, ...changes}), input);
}

type Case = (t: ExecutionContext, backend: TestBackend) => Promise<void>;

/** A test of each backend that can be tested here. */
export function testEach(title: string, run: Case): void {
	testWithLibvirtd(title, (t) => run(t, container));
	testWithMachines(`${title}, in a machine too`, (t) => run(t, machine));
}
