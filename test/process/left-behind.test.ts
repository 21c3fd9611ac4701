// A command has ended and left a process behind that goes on writing: it is waited for until somebody asks for an end, and then for a few seconds.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram, startProgram} from '../helpers/run-program.ts';

const program = fileURLToPath(new URL('../helpers/virt-sandbox-on-host.js', import.meta.url));
const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];
/** It ends with who reads it. */
const dribble = ['sh', '-c', `setsid sh -c 'trap "" TERM HUP INT; while echo x; do sleep 0.2; done' & exit 0`];
const flood = ['sh', '-c', `setsid sh -c 'trap "" TERM HUP INT; yes' & exit 0`];
const left = 'virt-sandbox: a process that the command left behind holds its output open: whatever it still writes is lost\n';
/** Well below what it takes where no such bound is. */
const longestMs = 20_000;

/** Runs it with the command on this host, and keeps nothing of the output. */
async function run(words: readonly string[]) {
	const child = spawn(process.execPath, [program, ...words], {stdio: ['ignore', 'pipe', 'pipe'], timeout: longestMs, killSignal: 'SIGKILL'});
	let stderr = '';
	child.stdout.resume();
	child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
	const [status] = (await once(child, 'close')) as [number | null];
	return {status, stderr};
}

const ends = [
	['SIGTERM', 143],
	['SIGHUP', 129],
	['SIGINT', 130],
] as const;

/** Sends a signal until that has an effect: what comes before the end of the command is for the command. */
async function signal(t: ExecutionContext, name: NodeJS.Signals, file = process.execPath, words: readonly string[] = [program]) {
	const running = startProgram(file, [...words, ...dribble], {input: '', longestMs});
	await running.says('x\nx\n');
	const again = setInterval(() => running.child.kill(name), 3000);
	t.teardown(() => clearInterval(again));
	running.child.kill(name);
	const {status, stderr} = await running.ended;
	return {status, stderr};
}

test('--timeout ends the wait for one that writes a little, and for one that writes much', async (t) => {
	t.deepEqual(await run(['--timeout', '500', ...dribble]), {status: 124, stderr: left});
	t.deepEqual(await run(['--timeout', '500', ...flood]), {status: 124, stderr: left});
});

for (const [name, status] of ends) {
	test(`${name} does`, async (t) => {
		t.deepEqual(await signal(t, name), {status, stderr: left});
	});
}

test('where nobody asks for an end all of it is waited for', async (t) => {
	const words = [program, 'sh', '-c', '(sleep 4; echo late) & exit 3'];
	t.deepEqual(await runProgram(process.execPath, words), {status: 3, stdout: 'late\n', stderr: ''});
});

testWithLibvirtd('a further command of a container ends so', async (t) => {
	const name = `left-${process.pid}`;
	t.teardown(() => runProgram(shell, ['-q', `destroy ${name}`]));
	t.is((await runProgram(sandbox, ['-c', testLibvirtd().uri, '--keep', '--name', name, '--', 'sleep', '600'])).status, 0);
	const {status, stderr} = await runProgram(sandbox, ['--exec', name, '--timeout', '1', '--', ...dribble], {longestMs});
	t.deepEqual({status, stderr}, {status: 124, stderr: left});
	const told = await runProgram(sandbox, ['--exec', name, '--output', 'json', '--timeout', '1', '--', ...dribble], {longestMs});
	t.is(told.status, 124);
	t.regex(told.stderr, /"code":"output-cut"/);
	t.is(told.stdout.trimEnd().split('\n').at(-1), '{"v":1,"kind":"exit","status":124}');
});

testWithLibvirtd("the shell's exec ends at INT", async (t) => {
	const uri = ['-c', testLibvirtd().uri];
	const name = `left-shell-${process.pid}`;
	t.is((await runProgram(sandbox, [...uri, '--keep', '--name', name, '--', 'sleep', '600'])).status, 0);
	t.teardown(() => runProgram(shell, ['-q', `destroy ${name}`]));
	const running = startProgram(shell, [...uri, 'exec', name, '--', ...dribble], {input: '', longestMs});
	await running.says('x\nx\n');
	running.child.kill('SIGINT');
	t.is((await running.ended).status, 130);
});

testWithMachines('a further command of a machine is ended like one of a container, and all of it is waited for where nobody asks', async (t) => {
	const name = `left-machine-${process.pid}`;
	const uri = testMachineUri();
	t.teardown(() => runProgram(shell, ['-q', `destroy ${name}`]));
	t.is((await runProgram(sandbox, ['-c', uri, '--accel', 'tcg', '--keep', '--name', name, '--', 'sleep', '600'])).status, 0);
	const exec = ['--exec', name, '--'];
	for (const [sent, status] of ends) t.deepEqual(await signal(t, sent, sandbox, exec), {status, stderr: left}, sent);
	// A command takes a second to begin there.
	const {status, stderr} = await runProgram(sandbox, ['--exec', name, '--timeout', '5', '--', ...dribble], {longestMs});
	t.deepEqual({status, stderr}, {status: 124, stderr: left});
	t.deepEqual(await runProgram(sandbox, [...exec, 'sh', '-c', '(sleep 3; echo late) & exit 3']), {status: 3, stdout: 'late\n', stderr: ''});
});
