import {createHash, randomBytes} from 'node:crypto';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {planSandbox} from '../../src/backend/sandbox.ts';
import {ShellError} from '../../src/core/errors.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {wordFromBytes} from '../../src/backend/guest/bytes.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {finish, rootCaller, runInSandbox, silentVoice, startTestSandbox} from '../helpers/run-sandbox.ts';

for (const status of [0, 1, 3, 42, 125, 126, 127, 255]) {
	test(`a command's status ${status} is passed on`, async (t) => {
		t.deepEqual(await runInSandbox(t, ['sh', '-c', `exit ${status}`]), {status, stdout: '', stderr: ''});
	});
}

for (const signal of ['INT', 'QUIT', 'KILL', 'TERM', 'PIPE', 'SEGV']) {
	test(`a command that SIG${signal} kills has the status 128 + signal, and nobody comments on it`, async (t) => {
		const numbers: Readonly<Record<string, number>> = {INT: 2, QUIT: 3, KILL: 9, TERM: 15, PIPE: 13, SEGV: 11};
		t.deepEqual(await runInSandbox(t, ['sh', '-c', `ulimit -c 0; kill -${signal} $$`]), {status: 128 + (numbers[signal] ?? 0), stdout: '', stderr: ''});
	});
}

test('a command that is not there ends with 127', async (t) => {
	t.deepEqual(await runInSandbox(t, ['no-such-command']), {status: 127, stdout: '', stderr: 'virt-sandbox: no-such-command: not found\n'});
	t.deepEqual(await runInSandbox(t, ['/no/such']), {status: 127, stdout: '', stderr: 'virt-sandbox: /no/such: not found\n'});
	t.deepEqual(await runInSandbox(t, ['']), {status: 127, stdout: '', stderr: "virt-sandbox: '': not found\n"});
});

test('a command that cannot be executed ends with 126', async (t) => {
	t.deepEqual(await runInSandbox(t, ['/etc/passwd']), {status: 126, stdout: '', stderr: 'virt-sandbox: /etc/passwd: not executable\n'});
	t.deepEqual(await runInSandbox(t, ['/usr']), {status: 126, stdout: '', stderr: 'virt-sandbox: /usr: not executable\n'});
});

test('20 MB of random bytes come back as they were', async (t) => {
	const bytes = randomBytes(20_000_000);
	const sandbox = await startTestSandbox(t, {command: ['cat']});
	sandbox.session.stdin.end(bytes);
	const back = await buffer(sandbox.session.stdout);
	t.is(createHash('sha256').update(back).digest('hex'), createHash('sha256').update(bytes).digest('hex'));
	t.is(await sandbox.session.exited, 0);
});

test('a command that ignores its input ends at once', async (t) => {
	t.deepEqual(await runInSandbox(t, ['true'], {input: Buffer.alloc(5_000_000)}), {status: 0, stdout: '', stderr: ''});
});

test('the streams can be opened anew by name, by root and by others', async (t) => {
	const command = ['sh', '-c', 'echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin; cat /dev/stdin'];
	for (const user of [{kind: 'root'}, {kind: 'name', name: 'nobody'}] as const) {
		t.deepEqual(await runInSandbox(t, command, {user, input: 'in\n'}), {status: 0, stdout: 'out\nin\n', stderr: 'err\n'});
	}
});

test('words and values hold every byte but NUL', async (t) => {
	const all = wordFromBytes(Uint8Array.from({length: 255}, (_, index) => index + 1));
	const sandbox = await startTestSandbox(t, {command: ['sh', '-c', 'printf %s "$1"; printf %s "$ALL"', 'sh', all], environment: {ALL: all}});
	sandbox.session.stdin.end();
	const once = [...Array(255).keys()].map((index) => index + 1);
	t.deepEqual([...(await buffer(sandbox.session.stdout))], [...once, ...once]);
});

test('the environment is what was asked for and the basics, nothing else', async (t) => {
	const {stdout} = await runInSandbox(t, ['env', '-0'], {
		environment: {'A.B': 'dot', IFS: ',', _vs_n: '7', PWD: '/x', EMPTY: '', OPTIND: 'no number', QUOTED: `'"$(\n`},
	});
	t.deepEqual(
		stdout.split('\0').toSorted(),
		[
			'',
			'A.B=dot',
			'EMPTY=',
			'HOME=/root',
			'IFS=,',
			'LANG=C.UTF-8',
			'LOGNAME=root',
			'OPTIND=no number',
			'PATH=/usr/sbin:/usr/bin',
			'PWD=/x',
			`QUOTED='"$(\n`,
			'SHELL=/bin/bash',
			'USER=root',
			'_vs_n=7',
		].toSorted(),
	);
});

test('no signal is ignored or blocked', async (t) => {
	const {stdout} = await runInSandbox(t, ['grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status']);
	t.is(stdout, 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
});

test('the command runs as whom it shall', async (t) => {
	const {stdout} = await runInSandbox(t, ['sh', '-c', 'id -u; id -g; id -G; grep -E "Cap(Eff|Prm|Bnd|Inh)|NoNew" /proc/self/status'], {
		user: {kind: 'name', name: '1234:5678'},
	});
	t.is(
		stdout,
		'1234\n5678\n5678\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n',
	);
});

test('root keeps a short list of capabilities', async (t) => {
	const {stdout} = await runInSandbox(t, ['grep', '-E', 'Cap(Eff|Bnd)|NoNew', '/proc/self/status']);
	t.is(stdout, 'CapEff:\t00000000000005fb\nCapBnd:\t00000000000005fb\nNoNewPrivs:\t1\n');
});

test('the directory is the one asked for, else the home directory', async (t) => {
	t.is((await runInSandbox(t, ['pwd'], {cwd: '/usr/share'})).stdout, '/usr/share\n');
	const sandbox = await startTestSandbox(t, {command: ['pwd']}, {caller: {...rootCaller, cwd: '/tmp/not-in-the-guest'}});
	t.is((await finish(sandbox)).stdout, '/root\n');
});

test('a directory that the guest does not have is a fault', async (t) => {
	await t.throwsAsync(runInSandbox(t, ['pwd'], {cwd: '/no/such/place'}), {
		instanceOf: ShellError,
		message: 'The guest does not have the directory /no/such/place, which the command shall start in',
	});
});

test('a signal reaches the command and its children', async (t) => {
	const sandbox = await startTestSandbox(t, {command: ['sh', '-c', 'trap "echo caught; exit 9" INT; echo begun; while :; do sleep 0.05; done']});
	sandbox.session.stdin.end();
	sandbox.session.stdout.once('data', () => sandbox.session.kill(2));
	const {status} = await finish(sandbox);
	t.is(status, 9);
});

test('a signal that is sent at once is not lost', async (t) => {
	const sandbox = await startTestSandbox(t, {command: ['sleep', '60']});
	sandbox.session.kill(15);
	t.is((await finish(sandbox)).status, 143);
});

test('what the command leaves running ends with it', async (t) => {
	const begun = performance.now();
	const {stdout} = await runInSandbox(t, ['sh', '-c', 'sleep 60 & setsid sleep 60 & echo done']);
	t.is(stdout, 'done\n');
	t.true(performance.now() - begun < 30_000);
});

test('orphans are reaped', async (t) => {
	const {stdout} = await runInSandbox(t, [
		'sh',
		'-c',
		'for i in 1 2 3 4 5; do (sleep 0.01 &) ; done; sleep 0.5; grep -l "State:.Z" /proc/[0-9]*/status; echo end',
	]);
	t.is(stdout, 'end\n');
});

test('temporary directories are fresh and open to all', async (t) => {
	const {stdout} = await runInSandbox(t, ['sh', '-c', 'stat -c "%a %n" /tmp /var/tmp /dev/shm /run; ls -A /tmp /var/tmp /dev/shm'], {
		user: {kind: 'name', name: 'nobody'},
	});
	t.is(stdout, '1777 /tmp\n1777 /var/tmp\n1777 /dev/shm\n755 /run\n/dev/shm:\n\n/tmp:\n\n/var/tmp:\n');
});

test('a terminal gives size, signals and all of the output', async (t) => {
	const sandbox = await startTestSandbox(
		t,
		{command: ['sh', '-c', 'stty size; tty; read line; echo "got $line"; seq 1 5000; exit 5'], tty: true},
		{size: {rows: 33, columns: 111}},
	);
	sandbox.session.stdin.write('hello\r');
	const output = (await buffer(sandbox.session.stdout)).toString();
	const expected = [...Array(5000).keys()].map((index) => `${index + 1}\r\n`).join('');
	t.is(output.replace('hello\r\n', ''), `33 111\r\n/dev/tty2\r\ngot hello\r\n${expected}`);
	t.is(await sandbox.session.exited, 5);
});

test('Ctrl-C on a terminal interrupts the command', async (t) => {
	const sandbox = await startTestSandbox(t, {command: ['sh', '-c', 'echo begun; exec sleep 60'], tty: true});
	sandbox.session.stdout.once('data', () => sandbox.session.stdin.write('\x03'));
	sandbox.session.stdout.resume();
	t.is(await sandbox.session.exited, 130);
});

test('a new size reaches the command', async (t) => {
	const sandbox = await startTestSandbox(t, {command: ['bash', '-c', 'trap "stty size; exit" WINCH; echo begun; while :; do sleep 0.05; done'], tty: true});
	let output = '';
	sandbox.session.stdout.on('data', (chunk: Buffer) => {
		if (output === '') {
			sandbox.session.resize({rows: 40, columns: 132});
		}
		output += chunk.toString();
	});
	await sandbox.session.exited;
	await sandbox.close();
	t.is(output, 'begun\r\n40 132\r\n');
});

test('output can go straight to a sink', async (t) => {
	const chunks: Buffer[] = [];
	const sink = {write: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk))};
	const sandbox = await startTestSandbox(t, {command: ['seq', '1', '100000']}, {sinks: {stdout: sink, stderr: sink}});
	t.deepEqual(await finish(sandbox), {status: 0, stdout: '', stderr: ''});
	t.is(Buffer.concat(chunks).toString().split('\n').length, 100_001);
});

test('destroy ends a sandbox at once, and leaves nothing', async (t) => {
	const sandbox = await startTestSandbox(t, {command: ['sleep', '60']});
	t.true(existsSync(`/run/virt-sandbox/${sandbox.id}/io`));
	await sandbox.destroy();
	await t.throwsAsync(sandbox.session.exited, {message: 'The sandbox ended before its command’s status was known'});
	await sandbox.close();
	t.false(existsSync(`/run/virt-sandbox/${sandbox.id}`));
});

test('a plan starts nothing and leaves nothing', async (t) => {
	const before = await readdir('/run').catch(() => []);
	const plan = await planSandbox({...defaultSpec, uri: testLibvirtd().uri, command: ['true']}, {voice: silentVoice, caller: rootCaller});
	t.regex(plan.xml, /^<domain type='lxc'>/);
	t.deepEqual(await readdir('/run').catch(() => []), before);
});

test('a caller that is not root cannot use the control pipes of its sandbox', async (t) => {
	const runtime = mkdtempSync(join(tmpdir(), 'runtime-'));
	t.teardown(() => rmSync(runtime, {recursive: true, force: true}));
	const caller = {...rootCaller, uid: 1234, gid: 1234, environment: {...rootCaller.environment, XDG_RUNTIME_DIR: runtime}};
	const sandbox = await startTestSandbox(t, {command: ['sh', '-c', 'id -u; ls /run/sandbox | grep ctl; exit 4']}, {caller});
	t.deepEqual(await finish(sandbox), {status: 4, stdout: '1234\n', stderr: ''});
	const another = startTestSandbox(t, {command: ['true'], user: {kind: 'root'}}, {caller});
	await t.throwsAsync(another, {instanceOf: ShellError, message: /^Only root can run the command of a container as another user/});
	t.deepEqual(await readdir(join(runtime, 'virt-sandbox')), []);
});

test('20 sandboxes at once each get a name, their own streams and their own status', async (t) => {
	const runs = await Promise.all([...Array(20).keys()].map((index) => runInSandbox(t, ['sh', '-c', `cat; exit ${index}`], {input: `input ${index}`})));
	t.deepEqual(
		runs,
		[...Array(20).keys()].map((index) => ({status: index, stdout: `input ${index}`, stderr: ''})),
	);
});

test('a name that is taken is refused', async (t) => {
	const name = `taken-${process.pid}`;
	await startTestSandbox(t, {command: ['sleep', '60'], name});
	const tries: string[] = [];
	const trace = (line: string): void => void (line.startsWith('-> DOMAIN_CREATE_XML') && tries.push(line));
	await t.throwsAsync(startTestSandbox(t, {command: ['true'], name}, {trace}), {
		instanceOf: ShellError,
		message: `A domain named '${name}' exists already`,
	});
	t.is(tries.length, 1);
});

test('a name can be used again at once', async (t) => {
	const name = `again-${process.pid}`;
	for (let count = 0; count < 3; count++) {
		t.is((await runInSandbox(t, ['true'], {name})).status, 0);
	}
});

test('a start can be given up', async (t) => {
	const controller = new AbortController();
	const starting = startTestSandbox(t, {command: ['sleep', '60']}, {signal: controller.signal});
	controller.abort(new Error('enough'));
	await t.throwsAsync(starting, {message: 'enough'});
});

test('a source that is missing, a user that is missing and too little memory are told before anything starts', async (t) => {
	const mount = {type: 'host-bind', target: '/x', source: '/no/such', readonly: false, relabel: undefined} as const;
	await t.throwsAsync(runInSandbox(t, ['true'], {mounts: [mount]}), {instanceOf: ShellError, message: 'The host has no /no/such'});
	await t.throwsAsync(runInSandbox(t, ['true'], {user: {kind: 'name', name: 'no-such-user'}}), {
		instanceOf: ShellError,
		message: "No user is named 'no-such-user'",
	});
	await t.throwsAsync(runInSandbox(t, ['true'], {limits: {...defaultSpec.limits, memoryKiB: 1024}}), {instanceOf: ShellError, message: /too small/});
});

test('the phases of a start are told in their order', async (t) => {
	const phases: string[] = [];
	const sandbox = await startTestSandbox(t, {command: ['true']}, {voice: {...silentVoice, phase: (name) => phases.push(name)}});
	await finish(sandbox);
	t.deepEqual(phases, ['layout', 'connected', 'created', 'ready']);
});
