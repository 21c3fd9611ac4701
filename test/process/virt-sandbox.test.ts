// The built program against the libvirtd of the tests, through pipes.
import {createHash, randomBytes} from 'node:crypto';
import {spawn} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {type Ended, type RunSettings, programPath, runProgram, startProgram} from '../helpers/run-program.ts';

const program = programPath('virt-sandbox');
const withUri = (words: readonly string[]): string[] => ['-c', testLibvirtd().uri, ...words];
const run = (words: readonly string[], settings?: RunSettings): Promise<Ended> => runProgram(program, withUri(words), settings);

/** A loop that answers a signal and goes on. */
const loop = 'echo begun; while :; do sleep 0.05; done';

testWithLibvirtd('output, errors and status are apart', async (t) => {
	t.deepEqual(await run(['sh', '-c', 'echo out; echo err >&2; exit 42']), {status: 42, stdout: 'out\n', stderr: 'err\n'});
});

const ends = test.macro(async (t, words: readonly string[], expected: Partial<Ended>) => {
	t.like(await run(words), expected);
});

testWithLibvirtd('a command that is killed', ends, ['sh', '-c', 'kill -9 $$'], {status: 137, stdout: ''});
testWithLibvirtd('a command that is not there', ends, ['/no/such/command'], {status: 127, stdout: ''});
testWithLibvirtd('a file that is no program', ends, ['/etc/passwd'], {status: 126, stdout: ''});
testWithLibvirtd('words arrive as they are', ends, ['printf', '<%s>', 'a b', '', '\'"$HOME\\', '*', 'ü\n'], {
	status: 0,
	stdout: `<a b><><'"$HOME\\><*><ü\n>`,
	stderr: '',
});
testWithLibvirtd('variables arrive as they are', ends, ['--env', 'A=x y\n"', '--env', 'B=', 'sh', '-c', 'printf "%s|%s|%s" "$A" "${B-unset}" "${C-unset}"'], {
	status: 0,
	stdout: 'x y\n"||unset',
});
testWithLibvirtd(
	'a scratch directory in memory is the directory of the command',
	ends,
	['-m', 'ram:/scratch=8M', '--cwd', '/scratch', 'sh', '-c', 'pwd; echo x >file; cat file'],
	{status: 0, stdout: '/scratch\nx\n', stderr: ''},
);
testWithLibvirtd('as root with -p', ends, ['-p', 'id', '-u'], {status: 0, stdout: '0\n', stderr: ''});
testWithLibvirtd('as another user with -S', ends, ['-S', 'nobody', 'id', '-un'], {status: 0, stdout: 'nobody\n', stderr: ''});
testWithLibvirtd('a command that does not read its input', ends, ['true'], {status: 0, stdout: '', stderr: ''});
testWithLibvirtd('a timeout', ends, ['--timeout', '0.5', 'sleep', '50'], {status: 124, stdout: ''});
testWithLibvirtd('a timeout of a command that ignores TERM', ends, ['--timeout', '0.5', 'sh', '-c', `trap '' TERM; ${loop}`], {status: 124, stdout: 'begun\n'});

testWithLibvirtd('bytes that are no UTF-8 arrive as they are', async (t) => {
	// A shell makes the bytes: Node cannot give them to a program.
	const words = withUri(['printf', '%s']);
	const {stdout} = await runProgram('sh', ['-c', `"$0" "$@" "$(printf 'a\\377\\200\\303\\244z')" | od -An -tx1`, program, ...words]);
	t.is(stdout, ' 61 ff 80 c3 a4 7a\n');
});

testWithLibvirtd('the host can be changed where a mount allows it only', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'virt-sandbox-mount-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	writeFileSync(join(directory, 'file'), 'of the host');
	t.like(await run(['-m', `host-bind:/data=${directory}`, 'sh', '-c', 'cat /data/file; echo new >/data/made']), {status: 0, stdout: 'of the host'});
	t.like(await run(['-m', `host-bind:/data=${directory},ro`, 'sh', '-c', 'cat /data/made; echo x >/data/made']), {stdout: 'new\n'});
	t.like(await run(['-m', `host-bind:/data=${directory}`, 'cat', '/data/made']), {status: 0, stdout: 'new\n'});
	t.not((await run(['-p', 'touch', '/usr/virt-sandbox-test'])).status, 0);
});

testWithLibvirtd('50 MB of random bytes come back as they were', async (t) => {
	const input = randomBytes(50_000_000);
	const {ended, bytes} = startProgram(program, withUri(['cat']), {input});
	t.like(await ended, {status: 0, stderr: ''});
	const hash = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
	t.is(hash(bytes()), hash(input));
});

testWithLibvirtd('a command may leave 5 MB of input unread', async (t) => {
	t.like(await run(['sh', '-c', 'head -c 3'], {input: Buffer.alloc(5_000_000, 'x')}), {status: 0, stdout: 'xxx'});
});

testWithLibvirtd('input may come while the command runs', async (t) => {
	const {child, says, ended} = startProgram(program, withUri(['cat']));
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
	testWithLibvirtd(`${signal} is passed on`, async (t) => {
		const {child, says, ended} = startProgram(program, withUri(['sh', '-c', `trap 'echo got; exit ${40 + number}' ${number}; ${loop}`]), {input: ''});
		await says('begun');
		child.kill(signal);
		t.like(await ended, {status: 40 + number, stdout: 'begun\ngot\n'});
	});
}

testWithLibvirtd('a signal ends a command that does not catch it', async (t) => {
	const {child, says, ended} = startProgram(program, withUri(['sh', '-c', loop]), {input: ''});
	await says('begun');
	child.kill('SIGTERM');
	t.like(await ended, {status: 143});
});

testWithLibvirtd('a second interrupt ends a command that ignores it', async (t) => {
	const {child, says, ended} = startProgram(program, withUri(['sh', '-c', `trap 'echo got' INT; ${loop}`]), {input: ''});
	await says('begun');
	// A person who presses the key twice a second until it helps: on a busy machine two presses may reach the program at once, or late.
	const pressing = setInterval(() => child.kill('SIGINT'), 500);
	t.teardown(() => clearInterval(pressing));
	child.kill('SIGINT');
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

/** Runs with standard output on a file of the host. */
function runOnto(path: string, words: readonly string[]): Promise<{status: number | null; stderr: string}> {
	const descriptor = openSync(path, 'w');
	const child = spawn(program, withUri(words), {stdio: ['ignore', descriptor, 'pipe'], timeout: 30_000});
	closeSync(descriptor);
	let stderr = '';
	child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (status) => resolve({status, stderr}));
	});
}

testWithLibvirtd('a full disk is told, and is a fault', async (t) => {
	const {status, stderr} = await runOnto('/dev/full', ['head', '-c', '100000', '/dev/zero']);
	t.is(status, 125);
	t.regex(stderr, /^virt-sandbox: cannot write standard output: no space left on device$/m);
});

testWithLibvirtd('a reader that goes ends the command as SIGPIPE does', async (t) => {
	const {child, says, ended} = startProgram(program, withUri(['yes']), {input: ''});
	await says('y\ny\n');
	child.stdout.destroy();
	t.is((await ended).status, 141);
});

testWithLibvirtd('--print-xml prints the XML on standard error and runs', async (t) => {
	const {status, stdout, stderr} = await run(['--print-xml', 'echo', 'x']);
	t.deepEqual({status, stdout}, {status: 0, stdout: 'x\n'});
	t.regex(stderr, /^<domain type='lxc'>\n[\s\S]*<\/domain>\n$/);
});

testWithLibvirtd('--dry-run prints the XML and starts nothing', async (t) => {
	const {status, stdout, stderr} = await run(['--dry-run', 'touch', '/x']);
	t.deepEqual({status, stderr}, {status: 0, stderr: ''});
	t.regex(stdout, /^<domain type='lxc'>\n[\s\S]*<\/domain>\n$/);
});

testWithLibvirtd('-t tells the times, -d the calls', async (t) => {
	const {status, stderr} = await run(['-t', '-d', 'true']);
	t.is(status, 0);
	t.regex(stderr, /DOMAIN_CREATE_XML/);
	t.regex(stderr, /^virt-sandbox: start \d+ ms, command \d+ ms, end \d+ ms, whole \d+ ms$/m);
});

testWithLibvirtd('JSON: the output and the exit, one value a line', async (t) => {
	const {status, stdout, stderr} = await run(['--output', 'json', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
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

testWithLibvirtd("the caller's umask does not reach what is made for the guest", async (t) => {
	const script = 'umask 0777; exec "$0" "$@"';
	t.deepEqual(await runProgram('sh', ['-c', script, program, ...withUri(['sh', '-c', 'umask'])]), {status: 0, stdout: '0022\n', stderr: ''});
});

testWithLibvirtd('input and output may be one socket', async (t) => {
	const script =
		'use Socket; socketpair(A, B, AF_UNIX, SOCK_STREAM, 0); if (!fork) { close A; open(STDIN, "<&B"); open(STDOUT, ">&B"); exec @ARGV } close B; syswrite A, "hello"; shutdown(A, 1); print while <A>; wait; exit $? >> 8';
	t.deepEqual(await runProgram('perl', ['-e', script, program, ...withUri(['cat'])]), {status: 0, stdout: 'hello', stderr: ''});
});
