import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {connect} from 'node:net';
import {buffer} from 'node:stream/consumers';
import type {ExecutionContext} from 'ava';
import {
	destroySandbox,
	execInSandbox,
	findSandbox,
	joinConsole,
	listConsoles,
	readSandboxLog,
	signalSandbox,
	stopSandbox,
	waitForSandbox,
	type FoundSandbox,
	type LogLine,
	type SessionRequest,
} from '../../src/backend/sandbox-control.ts';
import {startCapturedSandbox, startKeptSandbox} from '../../src/backend/sandbox.ts';
import type {Session} from '../../src/backend/types.ts';
import {ShellError} from '../../src/core/errors.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {rootCaller, silentVoice, startTestSandbox, type SpecChanges} from '../helpers/run-sandbox.ts';

const keeper = [process.execPath, new URL('../helpers/keep-sandbox.js', import.meta.url).pathname];
const options = {caller: rootCaller, signal: undefined};
/** Of each command in the test of ten at once; VIRT_SANDBOX_TEST_EXEC_MIB=50 for a thorough look. */
const bytesEachWay = Number(process.env['VIRT_SANDBOX_TEST_EXEC_MIB'] ?? 5) * 1024 * 1024;
let count = 0;

function freshName(): string {
	count++;
	return `control-${process.pid}-${count}`;
}

/** A sandbox with a keeper, gone at the test's end. */
async function keep(t: ExecutionContext, changes: SpecChanges): Promise<FoundSandbox> {
	const name = freshName();
	const spec = {...defaultSpec, uri: testLibvirtd().uri, name, ...changes};
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

async function finish(session: Session, input = ''): Promise<{readonly status: number; readonly stdout: string; readonly stderr: string}> {
	session.stdin.end(input);
	const [stdout, stderr, status] = await Promise.all([
		buffer(session.stdout),
		session.stderr === undefined ? Buffer.alloc(0) : buffer(session.stderr),
		session.exited,
	]);
	return {status, stdout: stdout.toString(), stderr: stderr.toString()};
}

async function collect(lines: AsyncIterable<LogLine>): Promise<string[]> {
	const all: string[] = [];
	for await (const {console, text} of lines) {
		all.push(`${console}: ${text}`);
	}
	return all;
}

/** Reads until a text has come. */
async function readUntil(session: Session, text: string): Promise<string> {
	let all = '';
	for await (const chunk of session.stdout.iterator({destroyOnReturn: false})) {
		all += (chunk as Buffer).toString();
		if (all.includes(text)) {
			return all;
		}
	}
	throw new Error(`The console ended without '${text}': ${all}`);
}

/** Waits until the command has set its traps and made /tmp/ready. */
async function waitUntilReady(found: FoundSandbox): Promise<void> {
	await finish(await execInSandbox(found, request(['sh', '-c', 'until [ -e /tmp/ready ]; do sleep 0.05; done']), options));
}

test('a kept sandbox lives without its starter, and exec runs in it from any process', async (t) => {
	const found = await keep(t, {command: ['sleep', '300'], environment: {FROM: 'start'}});
	t.true(found.isOwned);
	t.not(found.record.owner.pid, process.pid);
	const session = await execInSandbox(
		found,
		request(['sh', '-c', 'cat; echo $FROM $MORE >&2; touch /tmp/seen; exit 9'], {environment: {MORE: 'exec'}}),
		options,
	);
	t.deepEqual(await finish(session, 'input'), {status: 9, stdout: 'input', stderr: 'start exec\n'});
	t.deepEqual(await finish(await execInSandbox(found, request(['ls', '/tmp']), options)), {status: 0, stdout: 'seen\n', stderr: ''});
	t.deepEqual(await finish(await execInSandbox(found, request(['no-such']), options)), {
		status: 127,
		stdout: '',
		stderr: 'virt-sandbox: no-such: not found\n',
	});
	await destroySandbox(found, options);
	t.false(existsSync(found.statePath));
});

test('ten commands of exec at once have input, output and status of their own, byte for byte', async (t) => {
	const found = await keep(t, {command: ['sleep', '100']});
	const inputs = Array.from({length: 10}, (_, index) => randomBytes(bytesEachWay).fill(index, 0, 1));
	const ends = await Promise.all(
		inputs.map(async (input, index) => {
			const session = await execInSandbox(found, request(['sh', '-c', `cat; exit ${index}`]), options);
			session.stdin.end(input);
			const [output, status] = await Promise.all([buffer(session.stdout), session.exited]);
			return {isSame: output.equals(input), status};
		}),
	);
	t.deepEqual(
		ends,
		inputs.map((_, index) => ({isSame: true, status: index})),
	);
});

test('exec has a user, a directory and signals of its own', async (t) => {
	const found = await keep(t, {command: ['sleep', '300']});
	t.is(
		(await finish(await execInSandbox(found, request(['sh', '-c', 'id -u; pwd'], {user: '1234', cwd: '/usr/share'}), options))).stdout,
		'1234\n/usr/share\n',
	);
	const session = await execInSandbox(found, request(['sleep', '300']), options);
	session.kill(15);
	t.is((await finish(session)).status, 143);
});

test('who asks for an exec and goes before its pipes are open stops nobody', async (t) => {
	const found = await keep(t, {command: ['sleep', '300']});
	for (let round = 0; round < 3; round++) {
		const socket = connect(`${found.statePath}/control`);
		socket.write(`${JSON.stringify({ask: 'session', session: request(['sleep', '200'])})}\n`);
		await once(socket, 'data');
		await new Promise<void>((resolve) => {
			socket.write('{"say":"go"}\n', () => resolve());
		});
		socket.destroy();
		await once(socket, 'close');
	}
	t.deepEqual(await finish(await execInSandbox(found, request(['cat']), options), 'alive'), {status: 0, stdout: 'alive', stderr: ''});
});

test('exec with a terminal uses a spare console, and they run out', async (t) => {
	const found = await keep(t, {command: ['sleep', '300'], consoles: {spare: 1, shell: false}});
	const first = await execInSandbox(
		found,
		request(['sh', '-c', 'stty size; tty; read line; echo got $line; exit 3'], {tty: true, size: {rows: 11, columns: 22}}),
		options,
	);
	const error = await t.throwsAsync(execInSandbox(found, request(['true'], {tty: true}), options), {instanceOf: ShellError});
	t.regex(error?.message ?? '', /All spare consoles/);
	first.stdin.write('word\r');
	t.is((await buffer(first.stdout)).toString().replace('word\r\n', ''), '11 22\r\n/dev/tty2\r\ngot word\r\n');
	t.is(await first.exited, 3);
	const second = await execInSandbox(found, request(['sh', '-c', 'echo again'], {tty: true}), options);
	t.is((await buffer(second.stdout)).toString(), 'again\r\n');
});

test('what the command writes is captured with its time, and can be followed', async (t) => {
	const begun = Date.now();
	const found = await keep(t, {
		command: ['sh', '-c', 'echo one; echo two >&2; read line || echo "no input"; printf partial; sleep 1; echo " rest"; sleep 300'],
	});
	const lines: LogLine[] = [];
	for await (const line of readSandboxLog(found, {follow: true})) {
		lines.push(line);
		if (line.text === ' rest') {
			break;
		}
	}
	t.deepEqual(
		lines.filter(({console}) => console === 'stdout').map(({text, isPartial}) => ({text, isPartial})),
		[
			{text: 'one', isPartial: false},
			{text: 'no input', isPartial: false},
			{text: 'partial', isPartial: true},
			{text: ' rest', isPartial: false},
		],
	);
	t.deepEqual(await collect(readSandboxLog(found, {console: 'stderr'})), ['stderr: two']);
	t.true(lines.every(({timeMs}) => timeMs >= begun && timeMs <= Date.now()));
});

test('a command with a terminal can be joined, left and joined again', async (t) => {
	const found = await keep(t, {command: ['sh', '-c', 'while read line; do echo "got $line"; done'], tty: true});
	const first = await joinConsole(found, 'tty', options);
	first.stdin.write('one\r');
	await readUntil(first, 'got one');
	first.stdin.destroy();
	const second = await joinConsole(found, 'tty', options);
	t.regex(await readUntil(second, 'got one'), /got one/, 'what came last is shown again');
	second.stdin.write('two\r');
	await readUntil(second, 'got two');
	second.resize({rows: 44, columns: 55});
	second.stdin.write('\x04');
	await second.exited;
	await waitUntilGone(found);
	t.pass();
});

async function waitUntilGone(found: FoundSandbox): Promise<void> {
	const until = performance.now() + 10_000;
	while (existsSync(found.statePath)) {
		if (performance.now() > until) {
			throw new Error('The sandbox does not go');
		}
		await new Promise((resolve) => {
			setTimeout(resolve, 20);
		});
	}
}

test('a root shell waits on a console of its own, of a kept sandbox and of another', async (t) => {
	const nobody: SpecChanges = {command: ['sleep', '300'], user: {kind: 'name', name: 'nobody'}, consoles: {spare: 0, shell: true}};
	const kept = await keep(t, nobody);
	const sandbox = await startTestSandbox(t, {...nobody, name: freshName()});
	const direct = findSandbox(sandbox.name, rootCaller);
	await waitForDoor(direct);
	for (const found of [kept, direct]) {
		const console = await joinConsole(found, 'shell', options);
		console.stdin.write('echo "I am $(id -u)"; exit\r');
		await readUntil(console, 'I am 0');
		console.stdin.destroy();
	}
	t.pass();
});

async function waitForDoor({statePath}: FoundSandbox): Promise<void> {
	const until = performance.now() + 10_000;
	while (!existsSync(`${statePath}/control`)) {
		if (performance.now() > until) {
			throw new Error('There is no control socket');
		}
		await new Promise((resolve) => {
			setTimeout(resolve, 10);
		});
	}
}

test('the consoles are listed', async (t) => {
	const found = await keep(t, {command: ['sleep', '300'], tty: true, consoles: {spare: 2, shell: true}});
	t.deepEqual(await listConsoles(found, options), [
		{name: 'tty', state: 'captured'},
		{name: 'boot', state: 'captured'},
		{name: 'shell', state: 'captured'},
		{name: 'exec-1', state: 'free'},
		{name: 'exec-2', state: 'free'},
	]);
});

test('a signal reaches the command of a kept sandbox, and its status comes to who waits', async (t) => {
	const found = await keep(t, {command: ['sh', '-c', 'trap "exit 33" USR1; touch /tmp/ready; while :; do sleep 0.05; done']});
	await waitUntilReady(found);
	const waiting = waitForSandbox(found, options);
	await signalSandbox(found, 10, options);
	t.is(await waiting, 33);
	await waitUntilGone(found);
});

test('stop asks first, and destroys who does not listen', async (t) => {
	const polite = await keep(t, {command: ['sh', '-c', 'trap "exit 0" TERM; touch /tmp/ready; while :; do sleep 0.05; done']});
	const deaf = await keep(t, {command: ['sh', '-c', 'trap "" TERM; touch /tmp/ready; while :; do sleep 0.05; done']});
	await waitUntilReady(polite);
	await waitUntilReady(deaf);
	const begun = performance.now();
	await stopSandbox(polite, 20_000, options);
	t.true(performance.now() - begun < 15_000);
	await stopSandbox(deaf, 300, options);
	t.false(existsSync(polite.statePath));
	t.false(existsSync(deaf.statePath));
});

test('a keeper ends with its sandbox', async (t) => {
	const found = await keep(t, {command: ['sleep', '300']});
	await signalSandbox(found, 15, options);
	await waitUntilGone(found);
	const until = performance.now() + 10_000;
	while (existsSync(`/proc/${found.record.owner.pid}/exe`) && performance.now() < until) {
		await new Promise((resolve) => {
			setTimeout(resolve, 20);
		});
	}
	t.false(existsSync(`/proc/${found.record.owner.pid}/exe`));
});

test('a keeper holds no descriptor of whoever started it', async (t) => {
	const [file = '', ...words] = keeper;
	// Those that follow each other from 3 on Node itself does not pass on.
	const farAway = [...Array.from({length: 38}, () => 'ignore' as const), 'pipe' as const];
	const child = spawn(file, words, {stdio: ['pipe', 'pipe', ...farAway], detached: true});
	const pipe = child.stdio.at(-1);
	const ended = once(pipe !== null && pipe !== undefined && 'resume' in pipe ? pipe.resume() : child, 'end');
	const name = freshName();
	const spec = {...defaultSpec, uri: testLibvirtd().uri, name, command: ['sleep', '300'], lifetime: 'keep'};
	child.stdin?.end(JSON.stringify({spec, uri: spec.uri, options: {caller: rootCaller}}));
	const told = child.stdout === null ? '' : (await buffer(child.stdout)).toString();
	t.regex(told, /"tell":"ready"/);
	const found = findSandbox(name, rootCaller);
	await ended;
	t.true(found.isOwned);
	await destroySandbox(found, options);
	t.false(existsSync(found.statePath));
});

test('a sandbox whose keeper was killed is ended by destroy', async (t) => {
	const found = await keep(t, {command: ['sleep', '300']});
	process.kill(found.record.owner.pid, 'SIGKILL');
	await destroySandbox(findSandbox(found.record.name, rootCaller), options);
	t.false(existsSync(found.statePath));
});

test('a fault of a keeper is told as it is', async (t) => {
	const error = await t.throwsAsync(keep(t, {command: ['true'], user: {kind: 'name', name: 'no-such-user'}}), {instanceOf: ShellError});
	t.is(error?.code, 'not-found');
	t.is(error?.message, "No user is named 'no-such-user'");
});

test('a captured sandbox of this process is reached in the same way', async (t) => {
	const name = freshName();
	const sandbox = await startCapturedSandbox(
		{...defaultSpec, uri: testLibvirtd().uri, name, command: ['sh', '-c', 'echo hello; sleep 300']},
		{voice: silentVoice, caller: rootCaller},
	);
	const found = findSandbox(name, rootCaller);
	t.is((await finish(await execInSandbox(found, request(['echo', 'inside']), options))).stdout, 'inside\n');
	for await (const {text} of readSandboxLog(found, {console: 'stdout', follow: true})) {
		t.is(text, 'hello');
		break;
	}
	await sandbox.destroy();
	await sandbox.closed;
	t.false(existsSync(found.statePath));
});

test('a name that nobody has is not found', (t) => {
	t.throws(() => findSandbox('no-such-sandbox', rootCaller), {instanceOf: ShellError, message: "No sandbox is named 'no-such-sandbox'"});
});
