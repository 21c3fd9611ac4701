import {randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {buffer} from 'node:stream/consumers';
import type {ExecutionContext} from 'ava';
import {
	destroySandbox,
	execInSandbox,
	findSandbox,
	joinConsole,
	listConsoles,
	readSandboxLog,
	waitForSandbox,
	type FoundSandbox,
	type SessionRequest,
} from '../../src/backend/sandbox-control.ts';
import {startKeptSandbox} from '../../src/backend/sandbox.ts';
import type {Session} from '../../src/backend/types.ts';
import {ShellError} from '../../src/core/errors.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {testMachineUri, testWithMachines as test} from '../helpers/machine.ts';
import {rootCaller, silentVoice, type SpecChanges} from '../helpers/run-sandbox.ts';

const keeper = [process.execPath, new URL('../helpers/keep-sandbox.js', import.meta.url).pathname];
const options = {caller: rootCaller, signal: undefined};

/** A machine with a keeper, gone at the test's end. */
async function keep(t: ExecutionContext, name: string, changes: SpecChanges): Promise<FoundSandbox> {
	const spec = {...defaultSpec, uri: testMachineUri(), kernel: {...defaultSpec.kernel, accel: 'tcg' as const}, name, ...changes};
	await startKeptSandbox(spec, {voice: silentVoice, caller: rootCaller}, keeper);
	const found = findSandbox(name, rootCaller);
	t.teardown(async () => {
		if (existsSync(found.statePath)) {
			await destroySandbox(found, options);
		}
	});
	return found;
}

function request(command: readonly string[], changes: Partial<SessionRequest> = {}): SessionRequest {
	return {
		command,
		tty: false,
		size: undefined,
		cwd: undefined,
		environment: {},
		user: undefined,
		caller: {cwd: '/', environment: rootCaller.environment},
		...changes,
	};
}

async function finish(session: Session, input: string | Uint8Array = ''): Promise<{readonly status: number; readonly stdout: string; readonly stderr: string}> {
	session.stdin.end(input);
	const [stdout, stderr, status] = await Promise.all([
		buffer(session.stdout),
		session.stderr === undefined ? Buffer.alloc(0) : buffer(session.stderr),
		session.exited,
	]);
	return {status, stdout: stdout.toString('latin1'), stderr: stderr.toString()};
}

/** Reads until a text has come. */
async function readUntil(session: Session, text: string): Promise<string> {
	let all = '';
	for await (const chunk of session.stdout.iterator({destroyOnReturn: false})) {
		all += (chunk as Buffer).toString();
		if (all.includes(text)) return all;
	}
	throw new Error(`The console ended without '${text}': ${all}`);
}

test('a kept machine takes commands of exec on its slots, one after the other and side by side', async (t) => {
	const found = await keep(t, 'machine-exec', {
		command: ['sh', '-c', 'echo begun; sleep 300'],
		environment: {FROM: 'start'},
		consoles: {spare: 2, shell: false},
	});
	const echo = request(['sh', '-c', 'cat; echo $FROM $MORE >&2; id -u; pwd; exit 9'], {environment: {MORE: 'exec'}, user: '1234', cwd: '/usr/share'});
	t.deepEqual(await finish(await execInSandbox(found, echo, options), 'input\n'), {
		status: 9,
		stdout: 'input\n1234\n/usr/share\n',
		stderr: 'start exec\n',
	});
	t.deepEqual(await finish(await execInSandbox(found, request(['no-such']), options)), {
		status: 127,
		stdout: '',
		stderr: 'virt-sandbox: no-such: not found\n',
	});

	const data = randomBytes(512 * 1024);
	const [first, second] = await Promise.all([1, 2].map(() => execInSandbox(found, request(['cat']), options)));
	const error = await t.throwsAsync(execInSandbox(found, request(['true']), options), {instanceOf: ShellError});
	t.is(error?.message, "All 2 slots of 'machine-exec' for further commands are in use");
	for (const session of [first, second]) {
		if (session === undefined) continue;
		const {status, stdout} = await finish(session, data);
		t.is(status, 0);
		t.true(Buffer.from(stdout, 'latin1').equals(data));
	}

	const killed = await execInSandbox(found, request(['sleep', '300']), options);
	killed.kill(15);
	t.is((await finish(killed)).status, 143);
	const unread = await execInSandbox(found, request(['yes']), options);
	await new Promise((resolve) => {
		unread.stdout.once('data', resolve);
	});
	unread.stdout.destroy();
	t.is(await unread.exited, 141);

	const lines: string[] = [];
	for await (const line of readSandboxLog(found, {console: 'stdout'})) lines.push(line.text);
	t.deepEqual(lines, ['begun']);
	await destroySandbox(found, options);
	t.false(existsSync(found.statePath));
});

test('a kept machine has its terminal, a root shell and spare consoles, all joined from another process', async (t) => {
	const script = 'while read line; do echo "got $line"; done; exit 4';
	const found = await keep(t, 'machine-consoles', {
		command: ['sh', '-c', script],
		tty: true,
		consoles: {spare: 1, shell: true},
		user: {kind: 'name', name: 'nobody'},
	});
	t.deepEqual(await listConsoles(found, options), [
		{name: 'tty', state: 'captured'},
		{name: 'boot', state: 'captured'},
		{name: 'shell', state: 'captured'},
		{name: 'exec-1', state: 'free'},
	]);
	const command = request(['sh', '-c', 'stty size; tty; read line; echo got $line; exit 3'], {tty: true, size: {rows: 11, columns: 22}});
	const spare = await execInSandbox(found, command, options);
	await t.throwsAsync(execInSandbox(found, request(['true'], {tty: true}), options), {message: /^All spare consoles/});
	spare.stdin.write('word\r');
	t.is((await buffer(spare.stdout)).toString().replace('word\r\n', ''), '11 22\r\n/dev/hvc2\r\ngot word\r\n');
	t.is(await spare.exited, 3);

	const shell = await joinConsole(found, 'shell', options);
	shell.stdin.write('echo "I am $(id -u)"\r');
	await readUntil(shell, 'I am 0');
	shell.stdin.destroy();

	const waiting = waitForSandbox(found, options);
	const terminal = await joinConsole(found, 'tty', options);
	terminal.stdin.write('one\r');
	await readUntil(terminal, 'got one');
	terminal.stdin.write('\u0004');
	t.is(await waiting, 4);
});
