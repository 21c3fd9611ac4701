// The built program against the libvirtd of the tests, through pipes.
import {createHash, randomBytes} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {run, start, testEachWay} from '../helpers/program-ways.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {type Ended, type RunSettings, programPath, runProgram, startProgram} from '../helpers/run-program.ts';

const program = programPath('virt-sandbox');
const withUri = (words: readonly string[]): string[] => ['-c', testLibvirtd().uri, ...words];
const runAlone = (words: readonly string[], settings?: RunSettings): Promise<Ended> => runProgram(program, withUri(words), settings);

/** A loop that answers a signal and goes on. */
const loop = 'echo begun; while :; do sleep 0.05; done';

testEachWay('output, errors and status are apart', async (t, way) => {
	t.deepEqual(await run(way, ['sh', '-c', 'echo out; echo err >&2; exit 42']), {status: 42, stdout: 'out\n', stderr: 'err\n'});
});

function ends(title: string, words: readonly string[], expected: Partial<Ended>): void {
	testEachWay(title, async (t, way) => {
		t.like(await run(way, words), expected);
	});
}

ends('a command that is killed', ['sh', '-c', 'kill -9 $$'], {status: 137, stdout: ''});
ends('a command that is not there', ['/no/such/command'], {status: 127, stdout: ''});
ends('a file that is no program', ['/etc/passwd'], {status: 126, stdout: ''});
ends('words arrive as they are', ['printf', '<%s>', 'a b', '', '\'"$HOME\\', '*', 'ü\n'], {
	status: 0,
	stdout: `<a b><><'"$HOME\\><*><ü\n>`,
	stderr: '',
});
ends('variables arrive as they are', ['--env', 'A=x y\n"', '--env', 'B=', 'sh', '-c', 'printf "%s|%s|%s" "$A" "${B-unset}" "${C-unset}"'], {
	status: 0,
	stdout: 'x y\n"||unset',
});
async function tellOfHidden(t: ExecutionContext, uri: readonly string[]): Promise<void> {
	const cwd = mkdtempSync(join(tmpdir(), 'hidden '));
	t.teardown(() => rmSync(cwd, {recursive: true}));
	writeFileSync(join(cwd, 'build.sh'), '#!/bin/sh\necho built\n', {mode: 0o755});
	const mount = `host-bind:${cwd}=${cwd},ro`;
	t.deepEqual(await runProgram(program, [...uri, './build.sh'], {cwd}), {
		status: 127,
		stdout: '',
		stderr: `virt-sandbox: ./build.sh: not found\nvirt-sandbox: the directory ${cwd} of this host is not in the sandbox, which has a fresh /tmp (-m '${mount}' shows it.)\n`,
	});
	t.deepEqual(await runProgram(program, [...uri, '-m', mount, './build.sh'], {cwd}), {status: 0, stdout: 'built\n', stderr: ''});
}

const hidden = 'of a program in a directory that the sandbox hides it is told once, with how to show that';
testWithLibvirtd(`${hidden}: container`, (t) => tellOfHidden(t, withUri([])));
testWithMachines(`${hidden}: machine`, (t) => tellOfHidden(t, ['-c', testMachineUri(), '--accel', 'tcg']));
testWithLibvirtd('a scratch directory in memory is the directory of the command', async (t) => {
	const script = 'pwd; echo x >file; cat file';
	t.deepEqual(await runAlone(['-m', 'ram:/scratch=8M', '--cwd', '/scratch', 'sh', '-c', script]), {status: 0, stdout: '/scratch\nx\n', stderr: ''});
});
ends('as root with -p', ['-p', 'id', '-u'], {status: 0, stdout: '0\n', stderr: ''});
ends('as another user with -S', ['-S', 'nobody', 'id', '-un'], {status: 0, stdout: 'nobody\n', stderr: ''});
ends('a command that does not read its input', ['true'], {status: 0, stdout: '', stderr: ''});
ends('a timeout', ['--timeout', '0.5', 'sleep', '50'], {status: 124, stdout: ''});
ends('a timeout of a command that ignores TERM', ['--timeout', '3', 'sh', '-c', `trap '' TERM; ${loop}`], {status: 124, stdout: 'begun\n'});

testEachWay('bytes that are not UTF-8 arrive as they are', async (t, way) => {
	// A shell makes the bytes: Node cannot give them to a program.
	const [file, words] = await way.call(['printf', '%s']);
	const script = `"$0" "$@" "$(printf 'a\\377\\200\\303\\244z')" | od -An -tx1`;
	const {stdout} = await runProgram('sh', ['-c', script, file, ...words], way.settings());
	t.is(stdout, ' 61 ff 80 c3 a4 7a\n');
});

testWithLibvirtd('the host can be changed where a mount allows it only', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'virt-sandbox-mount-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	writeFileSync(join(directory, 'file'), 'of the host');
	t.like(await runAlone(['-m', `host-bind:/data=${directory}`, 'sh', '-c', 'cat /data/file; echo new >/data/made']), {status: 0, stdout: 'of the host'});
	t.like(await runAlone(['-m', `host-bind:/data=${directory},ro`, 'sh', '-c', 'cat /data/made; echo x >/data/made']), {stdout: 'new\n'});
	t.like(await runAlone(['-m', `host-bind:/data=${directory}`, 'cat', '/data/made']), {status: 0, stdout: 'new\n'});
	t.not((await runAlone(['-p', 'touch', '/usr/virt-sandbox-test'])).status, 0);
});

testEachWay('random bytes come back as they were', async (t, way) => {
	const input = randomBytes(way.bulk);
	const {ended, bytes} = await start(way, ['cat'], {input});
	t.like(await ended, {status: 0, stderr: ''});
	const hash = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
	t.is(hash(bytes()), hash(input));
});

testEachWay('a command may leave 5 MB of input unread', async (t, way) => {
	t.like(await run(way, ['sh', '-c', 'head -c 3'], {input: Buffer.alloc(5_000_000, 'x')}), {status: 0, stdout: 'xxx'});
});

testEachWay('input may come while the command runs', async (t, way) => {
	const {child, says, ended} = await start(way, ['cat']);
	child.stdin.write('one\n');
	await says('one');
	child.stdin.end('two\n');
	t.like(await ended, {status: 0, stdout: 'one\ntwo\n'});
});

for (const [signal, number] of [
	['SIGINT', 2],
	['SIGTERM', 15],
	['SIGHUP', 1],
	['SIGQUIT', 3],
	['SIGUSR1', 10],
	['SIGUSR2', 12],
] as const) {
	testEachWay(`${signal} is passed on`, async (t, way) => {
		const {child, says, ended} = await start(way, ['sh', '-c', `trap 'echo got; exit ${40 + number}' ${number}; ${loop}`], {input: ''});
		await says('begun');
		child.kill(signal);
		t.like(await ended, {status: 40 + number, stdout: 'begun\ngot\n'});
	});
}

testEachWay('a signal ends a command that does not catch it', async (t, way) => {
	const {child, says, ended} = await start(way, ['sh', '-c', loop], {input: ''});
	await says('begun');
	child.kill('SIGTERM');
	t.like(await ended, {status: 143});
});

testEachWay('a second interrupt ends a command that ignores it', async (t, way) => {
	const {child, says, ended} = await start(way, ['sh', '-c', `trap 'echo got' INT; ${loop}`], {input: ''});
	await says('begun');
	child.kill('SIGINT');
	await says('got');
	// A person who presses the key twice a second until it helps: on a busy machine two presses may reach the program at once, or late.
	const pressing = setInterval(() => child.kill('SIGINT'), 500);
	t.teardown(() => clearInterval(pressing));
	const {status, stdout} = await ended;
	t.is(status, 130);
	t.regex(stdout, /^begun\n(?:got\n)+$/);
});

testWithLibvirtd('a signal before the command runs cancels the start', async (t) => {
	const {child, ended} = startProgram(program, withUri(['-v', 'sh', '-c', 'echo begun; sleep 5']), {input: ''});
	child.stderr.once('data', () => child.kill('SIGTERM'));
	const {status, stdout} = await ended;
	t.deepEqual({status, stdout: stdout.replace('begun\n', '')}, {status: 143, stdout: ''});
});

testEachWay('a full disk is told, and is a fault', async (t, way) => {
	const [file, words] = await way.call(['head', '-c', '100000', '/dev/zero']);
	const {status, stderr} = await runProgram('sh', ['-c', 'exec "$0" "$@" >/dev/full', file, ...words], way.settings());
	t.is(status, 125);
	t.regex(stderr, /^virt-sandbox: cannot write standard output: no space left on device$/m);
});

testEachWay('a reader that goes ends the command as SIGPIPE does', async (t, way) => {
	const {child, says, ended} = await start(way, ['yes'], {input: ''});
	await says('y\ny\n');
	child.stdout.destroy();
	t.is((await ended).status, 141);
});

testWithLibvirtd('--print-xml prints the XML on standard error and runs', async (t) => {
	const {status, stdout, stderr} = await runAlone(['--print-xml', 'echo', 'x']);
	t.deepEqual({status, stdout}, {status: 0, stdout: 'x\n'});
	t.regex(stderr, /^<domain type='lxc'>\n[\s\S]*<\/domain>\n$/);
});

testWithLibvirtd('--dry-run prints the XML and starts nothing', async (t) => {
	const {status, stdout, stderr} = await runAlone(['--dry-run', 'touch', '/x']);
	t.deepEqual({status, stderr}, {status: 0, stderr: ''});
	t.regex(stdout, /^<domain type='lxc'>\n[\s\S]*<\/domain>\n$/);
});

testWithLibvirtd('-t tells the times, -d the calls', async (t) => {
	const {status, stderr} = await runAlone(['-t', '-d', 'true']);
	t.is(status, 0);
	t.regex(stderr, /DOMAIN_CREATE_XML/);
	t.regex(stderr, /^virt-sandbox: start \d+ ms, command \d+ ms, end \d+ ms, whole \d+ ms$/m);
});

testEachWay('JSON: the output and the exit, one value a line', async (t, way) => {
	const {status, stdout, stderr} = await run(way, ['--output', 'json', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
	t.deepEqual({status, stderr}, {status: 3, stderr: ''});
	const values = stdout
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
	t.deepEqual(values.at(-1), {v: 1, kind: 'exit', status: 3});
	t.deepEqual(
		values.slice(0, -1).toSorted((a, b) => String(b['stream']).localeCompare(String(a['stream']))),
		[
			{v: 1, kind: 'output', stream: 'stdout', data: 'b3V0Cg=='},
			{v: 1, kind: 'output', stream: 'stderr', data: 'ZXJyCg=='},
		],
	);
});

testEachWay("the caller's umask is the command's, and does not reach what is made for the guest", async (t, way) => {
	const script = 'umask 0777; exec "$0" "$@"';
	const [file, words] = await way.call(['sh', '-c', 'umask']);
	t.deepEqual(await runProgram('sh', ['-c', script, file, ...words], way.settings()), {status: 0, stdout: '0777\n', stderr: ''});
});

testEachWay('input and output may be one socket', async (t, way) => {
	const script =
		'use Socket; socketpair(A, B, AF_UNIX, SOCK_STREAM, 0); if (!fork) { close A; open(STDIN, "<&B"); open(STDOUT, ">&B"); exec @ARGV } close B; syswrite A, "hello"; shutdown(A, 1); print while <A>; wait; exit $? >> 8';
	const [file, words] = await way.call(['cat']);
	t.deepEqual(await runProgram('perl', ['-e', script, file, ...words], way.settings()), {status: 0, stdout: 'hello', stderr: ''});
});

testWithLibvirtd('--timing counts from the call of the program', async (t) => {
	const {stderr} = await runAlone(['--timing', 'true']);
	const [, ...parts] = /start (\d+) ms, command (\d+) ms, end (\d+) ms, whole (\d+) ms/.exec(stderr) ?? [];
	const [start = 0, command = 0, end = 0, whole = 0] = parts.map(Number);
	// Node's own start is in the whole alone; the host has been up for longer than any of this takes.
	t.true(start + command + end <= whole + 2 && whole < 60_000, stderr);
});
