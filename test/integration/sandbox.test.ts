// How a command runs, over every backend.
import {once} from 'node:events';
import {createHash, randomBytes} from 'node:crypto';
import {buffer} from 'node:stream/consumers';
import {wordFromBytes} from '../../src/core/bytes.ts';
import {ShellError} from '../../src/core/errors.ts';
import {runIn, testEach} from '../helpers/backends.ts';
import {finish, rootCaller} from '../helpers/run-sandbox.ts';

for (const status of [0, 1, 3, 42, 125, 126, 127, 129, 255]) {
	testEach(`a command's status ${status} is passed on`, async (t, backend) => {
		t.deepEqual(await runIn(backend, t, ['sh', '-c', `exit ${status}`]), {status, stdout: '', stderr: ''});
	});
}

for (const signal of ['HUP', 'INT', 'QUIT', 'KILL', 'TERM', 'PIPE', 'SEGV']) {
	testEach(`a command that SIG${signal} kills has the status 128 + signal, and nobody comments on it`, async (t, backend) => {
		const numbers: Readonly<Record<string, number>> = {HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15, PIPE: 13, SEGV: 11};
		t.deepEqual(await runIn(backend, t, ['sh', '-c', `ulimit -c 0; kill -${signal} $$`]), {status: 128 + (numbers[signal] ?? 0), stdout: '', stderr: ''});
	});
}

testEach('a command that is not there ends with 127', async (t, backend) => {
	t.deepEqual(await runIn(backend, t, ['no-such-command']), {status: 127, stdout: '', stderr: 'virt-sandbox: no-such-command: not found\n'});
	t.deepEqual(await runIn(backend, t, ['/no/such']), {status: 127, stdout: '', stderr: 'virt-sandbox: /no/such: not found\n'});
	t.deepEqual(await runIn(backend, t, ['']), {status: 127, stdout: '', stderr: "virt-sandbox: '': not found\n"});
	// A terminal obeys nothing of a name.
	for (const where of ['', '/no/']) {
		const stderr = `virt-sandbox: ${where}x\\x1b]0;y\\x07\\nz: not found\n`;
		t.deepEqual(await runIn(backend, t, [`${where}x\u001b]0;y\u0007\nz`]), {status: 127, stdout: '', stderr});
	}
});

testEach('a command that cannot be executed ends with 126', async (t, backend) => {
	t.deepEqual(await runIn(backend, t, ['/etc/passwd']), {status: 126, stdout: '', stderr: 'virt-sandbox: /etc/passwd: not executable\n'});
	t.deepEqual(await runIn(backend, t, ['/usr']), {status: 126, stdout: '', stderr: 'virt-sandbox: /usr: not executable\n'});
});

testEach('random bytes come back as they were', async (t, backend) => {
	const bytes = randomBytes(backend.bulk);
	const sandbox = await backend.begin(t, ['cat']);
	sandbox.session.stdin.end(bytes);
	const back = await buffer(sandbox.session.stdout);
	t.is(createHash('sha256').update(back).digest('hex'), createHash('sha256').update(bytes).digest('hex'));
	t.is(await sandbox.session.exited, 0);
});

testEach('a command that ignores its input ends at once', async (t, backend) => {
	t.deepEqual(await runIn(backend, t, ['true'], {input: Buffer.alloc(5_000_000)}), {status: 0, stdout: '', stderr: ''});
});

testEach('the streams can be opened anew by name, by root and by others', async (t, backend) => {
	const command = ['sh', '-c', 'echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin; cat /dev/stdin'];
	for (const user of [{kind: 'root'}, {kind: 'name', name: 'nobody'}] as const) {
		t.deepEqual(await runIn(backend, t, command, {user, input: 'in\n'}), {status: 0, stdout: 'out\nin\n', stderr: 'err\n'});
	}
});

testEach('words and values hold every byte but NUL', async (t, backend) => {
	const all = wordFromBytes(Uint8Array.from({length: 255}, (_, index) => index + 1));
	const sandbox = await backend.begin(t, ['sh', '-c', 'printf %s "$1"; printf %s "$ALL"', 'sh', all], {environment: {ALL: all}});
	sandbox.session.stdin.end();
	const once = [...Array(255).keys()].map((index) => index + 1);
	t.deepEqual([...(await buffer(sandbox.session.stdout))], [...once, ...once]);
});

testEach('the environment is what was asked for and the basics, nothing else', async (t, backend) => {
	const {stdout} = await runIn(backend, t, ['env', '-0'], {
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

testEach('no signal is ignored or blocked', async (t, backend) => {
	const {stdout} = await runIn(backend, t, ['grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status']);
	t.is(stdout, 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
});

testEach('the command runs as whom it shall', async (t, backend) => {
	const {stdout} = await runIn(backend, t, ['sh', '-c', 'id -u; id -g; id -G; grep -E "Cap(Eff|Prm|Bnd|Inh)|NoNew" /proc/self/status'], {
		user: {kind: 'name', name: '1234:5678'},
	});
	t.is(
		stdout,
		'1234\n5678\n5678\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n',
	);
});

testEach('root keeps a short list of capabilities', async (t, backend) => {
	const {stdout} = await runIn(backend, t, ['grep', '-E', 'Cap(Eff|Bnd)|NoNew', '/proc/self/status']);
	t.is(stdout, 'CapEff:\t00000000000005fb\nCapBnd:\t00000000000005fb\nNoNewPrivs:\t1\n');
});

testEach('the directory is the one asked for, else the home directory', async (t, backend) => {
	t.is((await runIn(backend, t, ['pwd'], {cwd: '/usr/share'})).stdout, '/usr/share\n');
	const sandbox = await backend.start(t, {command: ['pwd']}, {caller: {...rootCaller, cwd: '/tmp/not-in-the-guest'}});
	t.is((await finish(sandbox)).stdout, '/root\n');
});

testEach('a directory that the guest does not have is a fault', async (t, backend) => {
	await t.throwsAsync(runIn(backend, t, ['pwd'], {cwd: '/no/such/place'}), {
		instanceOf: ShellError,
		message: 'The guest does not have the directory /no/such/place, that the command is to start in',
	});
});

testEach('a signal reaches the command and its children', async (t, backend) => {
	const sandbox = await backend.begin(t, ['sh', '-c', 'trap "echo caught; exit 9" INT; echo begun; while :; do sleep 0.05; done']);
	sandbox.session.stdin.end();
	sandbox.session.stdout.once('data', () => sandbox.session.kill(2));
	const {status} = await finish(sandbox);
	t.is(status, 9);
});

testEach('a signal that is sent at once is not lost', async (t, backend) => {
	const sandbox = await backend.begin(t, ['sleep', '60']);
	sandbox.session.kill(15);
	t.is((await finish(sandbox)).status, 143);
});

testEach('orphans are reaped', async (t, backend) => {
	const {stdout} = await runIn(backend, t, [
		'sh',
		'-c',
		'for i in 1 2 3 4 5; do (sleep 0.01 &) ; done; sleep 0.5; grep -l "State:.Z" /proc/[0-9]*/status; echo end',
	]);
	t.is(stdout, 'end\n');
});

testEach('a terminal gives size, signals and all of the output', async (t, backend) => {
	const script = 'stty size; tty; read line; echo "got $line"; seq 1 5000; exit 5';
	const sandbox = await backend.begin(t, ['sh', '-c', script], {tty: true, size: {rows: 33, columns: 111}});
	sandbox.session.stdin.write('hello\r');
	const output = (await buffer(sandbox.session.stdout)).toString();
	const expected = [...Array(5000).keys()].map((index) => `${index + 1}\r\n`).join('');
	t.is(output.replace('hello\r\n', ''), `33 111\r\n${backend.tty}\r\ngot hello\r\n${expected}`);
	t.is(await sandbox.session.exited, 5);
});

testEach('the end of a terminal is told by the guest, not guessed from five seconds of silence', async (t, backend) => {
	let leastMs = Number.POSITIVE_INFINITY;
	// Whatever else keeps the host busy, one of them is quick.
	for (let tries = 0; tries < 5 && leastMs > 4000; tries++) {
		const {session} = await backend.begin(t, ['echo', 'hello'], {tty: true});
		const output = buffer(session.stdout);
		await session.exited;
		const exitedAt = performance.now();
		t.is((await output).toString(), 'hello\r\n');
		leastMs = Math.min(leastMs, performance.now() - exitedAt);
	}
	t.true(leastMs <= 4000);
});

testEach('Ctrl-C on a terminal interrupts the command', async (t, backend) => {
	const sandbox = await backend.begin(t, ['sh', '-c', 'echo begun; exec sleep 60'], {tty: true});
	sandbox.session.stdout.once('data', () => sandbox.session.stdin.write('\x03'));
	sandbox.session.stdout.resume();
	t.is(await sandbox.session.exited, 130);
});

testEach('a new size reaches the command', async (t, backend) => {
	const sandbox = await backend.begin(t, ['bash', '-c', 'trap "stty size; exit" WINCH; echo begun; while :; do sleep 0.05; done'], {tty: true});
	let output = '';
	sandbox.session.stdout.on('data', (chunk: Buffer) => {
		if (output === '') {
			sandbox.session.resize({rows: 40, columns: 132});
		}
		output += chunk.toString();
	});
	await once(sandbox.session.stdout, 'end');
	await sandbox.session.exited;
	await sandbox.close();
	t.is(output, 'begun\r\n40 132\r\n');
});
