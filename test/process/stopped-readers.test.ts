// Whoever reads the output has stopped to, and does not go: an end that is asked for comes all the same.
import {spawn} from 'node:child_process';
import {constants} from 'node:os';
import {fileURLToPath} from 'node:url';
import {spawn as spawnOnTerminal} from '@lydell/node-pty';
import test, {type ExecutionContext} from 'ava';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

const program = fileURLToPath(new URL('../helpers/virt-sandbox-on-host.js', import.meta.url));

type Call = readonly [file: string, words: readonly string[]];

/** The program with the command on this host. */
const onHost = (words: readonly string[]): Call => [process.execPath, [program, ...words]];

/** Runs it with an output that nobody reads. It says so on standard error once its command runs, and then gets the signals. */
async function run(t: ExecutionContext, [file, words]: Call, signals: readonly NodeJS.Signals[]): Promise<{readonly status: number; readonly said: string}> {
	const child = spawn(file, words, {stdio: ['ignore', 'pipe', 'pipe']});
	t.teardown(() => child.kill('SIGKILL'));
	let said = '';
	const begun = Promise.withResolvers<void>();
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		said += chunk;
		if (said.includes('begun\n')) begun.resolve();
	});
	const ended = new Promise<number>((resolve) => {
		child.on('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
	});
	await Promise.race([begun.promise, ended]);
	for (const signal of signals) child.kill(signal);
	return {status: await ended, said: said.replace('begun\n', '')};
}

/** The same with a terminal that takes nothing more after the first lines. */
async function runOnTerminal(t: ExecutionContext, [file, words]: Call, signal: NodeJS.Signals): Promise<number> {
	const child = spawnOnTerminal(file, [...words], {});
	t.teardown(() => child.kill('SIGKILL'));
	const ended = new Promise<number>((resolve) => child.onExit(({exitCode}) => resolve(exitCode)));
	await new Promise<void>((resolve) => {
		child.onData((data) => {
			if (!data.includes('y\r\n')) return;
			child.pause();
			resolve();
		});
	});
	child.kill(signal);
	return ended;
}

const cut = 'virt-sandbox: what was still to be written is lost: whoever reads the output has stopped reading\n';
/** Says that it has begun once nobody takes its output any more. */
const flood = [
	'sh',
	'-c',
	'yes & count() { sed -n "s/wchar: //p" /proc/$!/io; }; while a=$(count); sleep 0.1; b=$(count); [ "$b" -lt 100000 ] || [ "$a" != "$b" ]; do :; done; echo begun >&2; wait',
];

for (const [signal, status] of [
	['SIGTERM', 143],
	['SIGHUP', 129],
	['SIGINT', 130],
] as const) {
	test(`${signal} ends a command whose output nobody takes`, async (t) => {
		t.deepEqual(await run(t, onHost(flood), [signal]), {status, said: cut});
	});
}

test('--timeout does', async (t) => {
	t.deepEqual(await run(t, onHost(['--timeout', '500', ...flood]), []), {status: 124, said: cut});
});

test('--timeout does for JSON', async (t) => {
	const {status, said} = await run(t, onHost(['--json', '--timeout', '500', 'yes']), []);
	t.is(status, 124);
	t.regex(said, /"code":"output-cut"/);
});

test('a signal that comes after the end of the command does, and the loss is no success', async (t) => {
	const {status, said} = await run(t, onHost(['sh', '-c', 'trap "" TERM; head -c 400000 /dev/zero & echo begun >&2; exit 0']), ['SIGTERM']);
	t.deepEqual({status, said}, {status: 143, said: cut});
});

test('who reads slowly gets all of it, whatever was asked for', async (t) => {
	const child = spawn(process.execPath, [program, 'sh', '-c', 'head -c 300000 /dev/zero; echo begun >&2; trap "exit 7" TERM; while :; do sleep 0.1; done'], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	t.teardown(() => child.kill('SIGKILL'));
	let count = 0;
	const ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
	child.stderr.once('data', () => child.kill('SIGTERM'));
	child.stdout.on('data', (chunk: Buffer) => {
		count += chunk.length;
		child.stdout.pause();
		setTimeout(() => child.stdout.resume(), 300);
	});
	t.deepEqual({status: await ended, count}, {status: 7, count: 300_000});
});

for (const [signal, status] of [
	['SIGTERM', 143],
	['SIGHUP', 129],
] as const) {
	test(`${signal} ends a command whose terminal takes nothing`, async (t) => {
		t.is(await runOnTerminal(t, onHost(['sh', '-c', 'echo begun; exec yes']), signal), status);
	});
}

const lost = 'What was still to be written is lost: whoever reads the output has stopped reading\n';
const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];
/** The shell passes one stream on after the other, so it is told at the beginning; who ignores the signals still writes then. */
const floodLine = `sh -c 'trap "" INT TERM; echo begun >&2; exec yes'`;

testWithLibvirtd('a container and its further commands end so', async (t) => {
	const uri = ['-c', testLibvirtd().uri];
	const name = `stuck-${process.pid}`;
	t.deepEqual(await run(t, [sandbox, [...uri, '--', ...flood]], ['SIGTERM']), {status: 143, said: cut});
	t.deepEqual(await run(t, [sandbox, [...uri, '--timeout', '1', '--', 'yes']], []), {status: 124, said: cut});
	t.is(await runOnTerminal(t, [sandbox, [...uri, '--', 'yes']], 'SIGHUP'), 129);
	await runProgram(sandbox, [...uri, '--keep', '--name', name, '--', 'sleep', '600']);
	t.deepEqual(await run(t, [sandbox, ['--exec', name, '--', ...flood]], ['SIGTERM']), {status: 143, said: cut});
	t.is(await runOnTerminal(t, [sandbox, ['--exec', name, '--', 'yes']], 'SIGTERM'), 143);
	t.deepEqual(await run(t, [shell, [...uri, `exec ${name} ${floodLine}`]], ['SIGINT']), {status: 130, said: lost});
	await runProgram(shell, [...uri, 'stop', name]);
});

testWithLibvirtd("the shell's run does, by each signal and by its time limit", async (t) => {
	const call = (line: string): Call => [shell, ['-c', testLibvirtd().uri, line]];
	t.deepEqual(await run(t, call(`new t; run -- ${floodLine}`), ['SIGINT']), {status: 130, said: lost});
	t.deepEqual(await run(t, call(`new t; run -- ${floodLine}`), ['SIGTERM']), {status: 143, said: lost});
	t.deepEqual(await run(t, call(`new t; limit --timeout 1; run -- yes`), []), {status: 124, said: lost});
	t.is(await runOnTerminal(t, call('new t; run --tty -- yes'), 'SIGTERM'), 143);
});

testWithMachines('a machine and its further commands do', async (t) => {
	const uri = ['-c', testMachineUri(), '--accel', 'tcg'];
	const name = `stuck-machine-${process.pid}`;
	// Emulated, on a busy host, it takes a while to fill the pipe.
	t.deepEqual(await run(t, [sandbox, [...uri, '--timeout', '6', '--', 'yes']], []), {status: 124, said: cut});
	await runProgram(sandbox, [...uri, '--keep', '--name', name, '--', 'sleep', '600']);
	t.deepEqual(await run(t, [sandbox, ['--exec', name, '--timeout', '6', '--', 'yes']], []), {status: 124, said: cut});
	t.is(await runOnTerminal(t, [sandbox, ['--exec', name, '--', 'yes']], 'SIGTERM'), 143);
	await runProgram(shell, ['-c', testMachineUri(), 'stop', name]);
});
