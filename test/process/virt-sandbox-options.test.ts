// What the options of the built program do in a real container and a real machine, seen from inside and from the host.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {startCountingRelay} from '../helpers/counting-relay.ts';
import {waitUntil} from '../helpers/kept.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {type Ended, type RunSettings, programPath, runProgram, startProgram} from '../helpers/run-program.ts';

const program = programPath('virt-sandbox');

/** A backend, as the program is told of it. */
interface On {
	readonly uri: string;
	readonly words: readonly string[];
	run(words: readonly string[], settings?: RunSettings): Promise<Ended>;
}

function on(uri: string, ...more: string[]): On {
	const words = ['-c', uri, ...more];
	return {uri, words, run: (rest, settings) => runProgram(program, [...words, ...rest], settings)};
}

const onContainer = (): On => on(testLibvirtd().uri);
const onMachine = (): On => on(testMachineUri(), '--accel', 'tcg');

/** One test for each backend. */
function testEach(title: string, body: (t: ExecutionContext, on: On) => Promise<void>): void {
	testWithLibvirtd(title, (t) => body(t, onContainer()));
	testWithMachines(`${title}, in a machine too`, (t) => body(t, onMachine()));
}

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'virt-sandbox-options-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

/** Starts a sandbox that stays; it is gone at the test's end. */
async function keep(t: ExecutionContext, {uri, run}: On, words: readonly string[], settings?: RunSettings): Promise<string> {
	const {status, stdout, stderr} = await run(['--keep', ...words], settings);
	t.deepEqual({status, stderr}, {status: 0, stderr: ''});
	const name = stdout.trimEnd();
	t.teardown(() => runProgram(programPath('virt-sandbox-shell'), ['-q', '-c', uri, `destroy ${name}`]));
	return name;
}

testEach('--root: another root, without a copy of this program in it', async (t, on) => {
	const root = makeDirectory(t);
	for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'run', 'var/tmp']) mkdirSync(join(root, name), {recursive: true});
	spawnSync('cp', ['/bin/busybox', join(root, 'bin', 'busybox')]);
	writeFileSync(join(root, 'etc', 'mark'), 'of this root\n');
	t.deepEqual(await on.run(['--root', root, '-p', '--', '/bin/busybox', 'cat', '/etc/mark']), {status: 0, stdout: 'of this root\n', stderr: ''});
});

testEach('--include and --includefile: copies, which leave the host alone', async (t, on) => {
	const directory = makeDirectory(t);
	writeFileSync(join(directory, 'one, two=3'), 'first');
	mkdirSync(join(directory, 'tree'));
	writeFileSync(join(directory, 'tree', 'leaf'), 'second');
	writeFileSync(join(directory, 'list'), '# what goes along\n/tmp/tree=tree\n');
	const script = 'cat "/tmp/a" /tmp/tree/leaf; echo changed >/tmp/a; echo changed >/tmp/tree/leaf; cat /tmp/a';
	const words = ['-i', '/tmp/a=one, two=3', '-I', 'list', '-p', '--cwd', '/tmp', 'sh', '-c', script];
	t.deepEqual(await on.run(words, {cwd: directory}), {status: 0, stdout: 'firstsecondchanged\n', stderr: ''});
	t.is(readFileSync(join(directory, 'one, two=3'), 'utf8'), 'first');
	t.is(readFileSync(join(directory, 'tree', 'leaf'), 'utf8'), 'second');
});

testEach('--include PATH: a copy where the file lies; --cwd . and below it', async (t, on) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'below'));
	writeFileSync(join(directory, 'below', 'one'), 'as it was');
	const words = ['-m', `ram:${directory}/below=1M`, '--include', 'below/one', '-p', '--cwd', 'below', '--', 'sh', '-c', 'pwd; cat one'];
	t.deepEqual(await on.run(words, {cwd: directory}), {status: 0, stdout: `${directory}/below\nas it was`, stderr: ''});
});

testEach('a program of another architecture: 126, and a script without a head is the shell’s', async (t, on) => {
	const directory = makeDirectory(t);
	const header = Buffer.alloc(4096);
	// A program for arm64 or, on that, for x86-64.
	header.write('\u007fELF\u0002\u0001\u0001', 'latin1');
	header.writeUInt16LE(2, 16);
	header.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18);
	header.writeUInt32LE(1, 20);
	writeFileSync(join(directory, 'strange'), header, {mode: 0o755});
	writeFileSync(join(directory, 'headless'), 'echo "$0" "$@"', {mode: 0o755});
	const words = ['-m', `host-bind:/opt=${directory}`, '--'];
	t.deepEqual(await on.run([...words, '/opt/strange']), {
		status: 126,
		stdout: '',
		stderr: "virt-sandbox: /opt/strange: cannot be executed: it is not a program for this machine's architecture\n",
	});
	writeFileSync(join(directory, 'x\u001b\n'), header, {mode: 0o755});
	t.like(await on.run([...words, '/opt/x\u001b\n']), {
		status: 126,
		stderr: "virt-sandbox: /opt/x\\x1b\\n: cannot be executed: it is not a program for this machine's architecture\n",
	});
	t.deepEqual(await on.run([...words, '/opt/headless', 'a  b', '*']), {status: 0, stdout: '/opt/headless a  b *\n', stderr: ''});
});

testEach('guest-bind: a path of the guest at a second place', async (t, on) => {
	t.like(await on.run(['-m', 'guest-bind:/mnt=/etc', 'sh', '-c', 'cmp /mnt/passwd /etc/passwd && echo same']), {status: 0, stdout: 'same\n'});
});

testEach('several networks: each an interface with its address', async (t, on) => {
	const words = ['-N', 'address=192.168.122.77/24,mac=52:54:00:00:00:77', '-N', 'address=10.9.8.7/24,route=10.1.0.0/16%10.9.8.1'];
	const {status, stdout} = await on.run([
		...words,
		'sh',
		'-c',
		'cat /sys/class/net/eth0/address; ip -o -4 addr show | grep -o "inet [0-9./]*"; ip route | grep ^10.1',
	]);
	t.is(status, 0);
	t.deepEqual(
		stdout
			.trimEnd()
			.split('\n')
			.map((line) => line.trimEnd()),
		['52:54:00:00:00:77', 'inet 127.0.0.1/8', 'inet 192.168.122.77/24', 'inet 10.9.8.7/24', '10.1.0.0/16 via 10.9.8.1 dev eth1'],
	);
});

testEach('no network without -N', async (t, {run}) => {
	t.deepEqual(await run(['ls', '/sys/class/net']), {status: 0, stdout: 'lo\n', stderr: ''});
});

testWithLibvirtd('limits are in the XML, in the words of libvirt', async (t) => {
	const {run} = onContainer();
	const limits = ['--memory', '300M', '--swap', '400M', '--vcpus', '2', '--cpu-shares', '512', '--cpu-quota', '50', '--io-weight', '200'];
	const {stdout} = await run([...limits, '--dry-run', 'true']);
	const found = [...stdout.matchAll(/<(memory|swap_hard_limit|vcpu|shares|quota|weight)\b[^>]*>(\d+)</g)].map(
		([, name, value]) => `${name ?? ''} ${value ?? ''}`,
	);
	// Libvirt's limit is of memory and swap together.
	t.deepEqual(found.toSorted(), ['memory 307200', 'quota 50000', 'shares 512', 'swap_hard_limit 716800', 'vcpu 2', 'weight 200']);
});

testWithLibvirtd('the command sees its own memory as the memory there is', async (t) => {
	const {run} = onContainer();
	const {stdout} = await run(['--memory', '256M', 'grep', 'MemTotal', '/proc/meminfo']);
	t.regex(stdout, /^MemTotal: +262144 kB\n$/);
});

testWithLibvirtd('a memory limit holds', async (t) => {
	const {run} = onContainer();
	const {status, stdout} = await run(['--memory', '64M', 'sh', '-c', 'head -c 200M /dev/zero | tail -c 199M | wc -c; echo after']);
	t.not(stdout, '208666624\nafter\n');
	t.true([0, 125, 137].includes(status));
});

testEach('what the limit of memory kills is told with its name, a command of --exec too', async (t, on) => {
	const hog = `perl -e 'my $letter = "x"; push @all, $letter x 1_000_000 for 1 .. 600; print @all'`;
	const name = await keep(t, on, ['-n', 'hungry', '--memory', '128M', '--', 'sleep', '100']);
	const told = 'of 128M (Start it with more --memory; files in a ram count too.)\n';
	t.deepEqual(await runProgram(program, ['--exec', name, '--', 'sh', '-c', `exec ${hog}`]), {
		status: 137,
		stdout: '',
		stderr: `virt-sandbox: The command was killed: the sandbox had used up its memory ${told}`,
	});
	t.like(await runProgram(program, ['--exec', name, '--', 'sh', '-c', `${hog} 2>/dev/null || exit 3`]), {
		status: 3,
		stderr: `virt-sandbox: A process of the command was killed: the sandbox had used up its memory ${told}`,
	});
	t.like(await runProgram(program, ['--exec', name, '--', 'sh', '-c', 'exit 3']), {status: 3, stderr: ''});
	t.like(await on.run(['--memory', '128M', '--', 'sh', '-c', `exec ${hog}`]), {
		status: 137,
		stderr: `virt-sandbox: The command was killed: the sandbox had used up its memory ${told}`,
	});
});

testWithMachines('a machine with more memory than the host has is refused at once', async (t) => {
	const {run} = onMachine();
	const {status, stderr} = await run(['--memory', '900G', 'true']);
	t.is(status, 125);
	t.regex(
		stderr,
		/^virt-sandbox: This host has [0-9]+[MG] of memory, and the machine is to have 900G\n {2}hint: Give it less \(--memory\), or run a container\.\n$/,
	);
});

testEach('--keep prints the name and returns; --exec from another process goes into it', async (t, on) => {
	const directory = makeDirectory(t);
	const name = await keep(t, on, [
		'-n',
		'kept-by-program',
		'-m',
		`host-bind:/data=${directory}`,
		'--cwd',
		'/data',
		'--',
		'sh',
		'-c',
		'echo up >/data/up; exec sleep 100',
	]);
	t.is(name, 'kept-by-program');
	const script = 'cat; cat /data/up; echo err >&2; exit 7';
	t.deepEqual(await runProgram(program, ['--exec', name, 'sh', '-c', script], {input: 'in\n'}), {status: 7, stdout: 'in\nup\n', stderr: 'err\n'});
	t.deepEqual(await runProgram(program, ['--exec', name, '--env', 'A=b c', '--cwd', '/usr', 'sh', '-c', 'echo "$A"; pwd']), {
		status: 0,
		stdout: 'b c\n/usr\n',
		stderr: '',
	});
	t.deepEqual(await runProgram(program, ['--exec', name, '-S', 'nobody', 'id', '-un']), {status: 0, stdout: 'nobody\n', stderr: ''});
	t.deepEqual(await runProgram(program, ['--exec', name, '-p', 'id', '-u']), {status: 0, stdout: '0\n', stderr: ''});
	t.is((await runProgram(program, ['--exec', name, '/no/such'])).status, 127);
	t.is((await runProgram(program, ['--exec', name, '--timeout', '0.5', 'sleep', '50'])).status, 124);
});

testEach('a kept sandbox ends when its time is over', async (t, on) => {
	const {status, stdout} = await on.run(['--keep', '--timeout', '1', '--', 'sleep', '100']);
	t.is(status, 0);
	const waited = await runProgram(programPath('virt-sandbox-shell'), ['-q', '-c', on.uri, `wait ${stdout.trimEnd()} --timeout 20`]);
	t.like(waited, {status: 0, stderr: ''});
});

testEach('--exec on a terminal: its size, keys, and status', async (t, on) => {
	const name = await keep(t, on, ['--', 'sleep', '100']);
	const terminal = openTerminal(program, ['--exec', name, 'sh', '-c', 'stty size; read line; echo "<$line>"; exit 5'], {columns: 111});
	t.teardown(() => terminal.close());
	await terminal.see('24 111');
	terminal.type('typed\n');
	await terminal.see('<typed>');
	t.is(await terminal.exit(), 5);
});

testEach('a signal to --exec is for its command, and the sandbox stays', async (t, on) => {
	const name = await keep(t, on, ['--', 'sleep', '100']);
	const {child, says, ended} = startProgram(program, ['--exec', name, 'sh', '-c', "trap 'echo got; exit 9' TERM; echo begun; while :; do sleep 0.05; done"], {
		input: '',
	});
	await says('begun');
	child.kill('SIGTERM');
	t.like(await ended, {status: 9, stdout: 'begun\ngot\n'});
	t.is((await runProgram(program, ['--exec', name, 'true'])).status, 0);
});

testEach('--exec of a name that does not run is refused, and names those that do', async (t, on) => {
	const name = await keep(t, on, ['-n', 'the-one', '--', 'sleep', '100']);
	const {status, stderr} = await runProgram(program, ['--exec', 'the-two', 'true']);
	t.is(status, 125);
	t.regex(stderr, new RegExp(`^virt-sandbox: No sandbox is named 'the-two'\n.*${name}`));
});

testEach('JSON: --keep tells the sandbox, --exec its output and exit', async (t, on) => {
	const name = await keep(t, on, ['-n', 'kept-json', '--', 'sleep', '100']);
	const again = await on.run(['--keep', '-n', 'kept-json', '--output', 'json', '--', 'sleep', '100']);
	t.like(again, {status: 125, stdout: ''});
	const told = again.stderr
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as {kind: string});
	t.like(
		told.filter(({kind}) => kind !== 'progress' && kind !== 'notice'),
		[{v: 1, kind: 'error', code: 'refused'}],
	);
	const {stdout} = await runProgram(program, ['--exec', name, '--output', 'json', 'echo', 'x']);
	t.deepEqual(
		stdout
			.trimEnd()
			.split('\n')
			.map((line) => JSON.parse(line) as unknown),
		[
			{v: 1, kind: 'output', stream: 'stdout', data: 'eAo='},
			{v: 1, kind: 'exit', status: 0},
		],
	);
});

// In an emulated machine a login shell may take long over root's own profile.
testWithLibvirtd('-l: a root shell waits on a console of its own', async (t) => {
	const on = onContainer();
	const name = await keep(t, on, ['-l', '-S', 'nobody', '--', 'sleep', '100']);
	const terminal = openTerminal(programPath('virt-sandbox-shell'), ['--plain', '-q', '-c', on.uri, `console ${name} shell`]);
	t.teardown(() => terminal.close());
	terminal.type('echo "uid=$(id -u)"\n');
	await terminal.see('uid=0');
	terminal.type('\u001d');
	await terminal.exit();
});

testEach('--consoles: as many terminals for --exec as were asked for', async (t, on) => {
	const name = await keep(t, on, ['--consoles', '1', '--', 'sleep', '100']);
	const open = (): ReturnType<typeof openTerminal> => {
		const terminal = openTerminal(program, ['--exec', name, 'sh', '-c', 'echo begun; read line']);
		t.teardown(() => terminal.close());
		return terminal;
	};
	const first = open();
	await first.see('begun');
	const second = open();
	await second.see('console');
	t.is(await second.exit(), 125);
	first.type('\n');
	await first.exit();
});

testEach('--clean removes what a killed program left, and tells it', async (t, on) => {
	const {child, says, ended} = startProgram(program, [...on.words, '-n', 'left-behind', 'sh', '-c', 'echo begun; sleep 100'], {input: ''});
	await says('begun');
	child.kill('SIGKILL');
	await ended;
	const {status, stdout, stderr} = await runProgram(program, ['--clean']);
	t.deepEqual({status, stderr}, {status: 0, stderr: ''});
	t.regex(stdout, /^removed left-behind \([0-9a-f]{8}\)$/m);
	const id = /left-behind \((\w+)\)/.exec(stdout)?.[1] ?? '';
	t.false(existsSync(join('/run/virt-sandbox', id)));
});

testEach('a read-only connection shows XML and starts nothing', async (t, on) => {
	t.like(await on.run(['--readonly', '--dry-run', '-s', 'none', 'true']), {status: 0});
	t.deepEqual(await on.run(['--readonly', 'true']), {
		status: 125,
		stdout: '',
		stderr: 'virt-sandbox: A read-only connection starts nothing\n  hint: Leave --readonly out, or look only: --dry-run.\n',
	});
});

testEach('keepalive messages are sent when asked for', async (t, on) => {
	t.like(await on.run(['-k', '1', '-K', '3', 'sleep', '1.3']), {status: 0, stderr: ''});
	t.like(await on.run(['-k', '0', 'true']), {status: 0, stderr: ''});
});

testWithLibvirtd('-k of the shell: a command in the foreground has its connection watched', async (t) => {
	const relay = await startCountingRelay(t, testLibvirtd().socket);
	const running = startProgram(programPath('virt-sandbox-shell'), ['-k', '1', '-c', `lxc:///system?socket=${relay.socket}`, 'new a -- cat; run']);
	await waitUntil(() => relay.pings() > 0 || running.child.exitCode !== null, 'the daemon is asked whether it lives');
	running.child.stdin.end();
	t.like(await running.ended, {status: 0, stderr: ''});
});
