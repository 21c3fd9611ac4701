import {chmod, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {ExecutionContext} from 'ava';
import {ConnectFailed, ConnectionLost, openConnection, type OpenOptions} from '../../../../src/backend/libvirt/index.ts';
import {isCall, payload, startFakeLibvirtd, type FakeAnswer, type FakeLibvirtd} from '../../../helpers/fake-libvirtd.ts';

interface FakeSsh {
	/** A URI whose ssh is the script. */
	readonly uri: string;
	readonly directory: string;
	/** The script's process. */
	readonly pid: () => Promise<number>;
}

/** An ssh that is a shell script: `$$` is left in the file pid. */
async function makeSsh(t: ExecutionContext, script: string): Promise<FakeSsh> {
	t.timeout(30_000);
	const directory = await mkdtemp(join(tmpdir(), 'fake-ssh-'));
	t.teardown(() => rm(directory, {recursive: true, force: true}));
	const command = join(directory, 'ssh');
	await writeFile(command, `#!/bin/sh\necho "$*" >${directory}/words\necho $$ >${directory}/new && mv ${directory}/new ${directory}/pid\n${script}\n`);
	await chmod(command, 0o755);
	return {
		uri: `test+ssh://me@far.example/default?command=${encodeURIComponent(command)}`,
		directory,
		pid: async () => Number(await retry(() => readFile(join(directory, 'pid'), 'utf8'))),
	};
}

/** An ssh that leads to a fake daemon. */
async function open(
	t: ExecutionContext,
	answer?: FakeAnswer,
	lead = (path: string) => `exec nc -q0 -U ${path}`,
): Promise<FakeSsh & {readonly daemon: FakeLibvirtd}> {
	const daemon = await startFakeLibvirtd(answer);
	t.teardown(daemon.stop);
	const path = new URL(daemon.uri.replace('test:///', 'file:///')).searchParams.get('socket') ?? '';
	return {...(await makeSsh(t, lead(path))), daemon};
}

async function retry<Result>(attempt: () => Promise<Result>): Promise<Result> {
	for (let count = 0; ; count++) {
		try {
			return await attempt();
		} catch (error) {
			if (count === 1000) {
				throw error;
			}

			await wait(5);
		}
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

async function untilGone(pid: number): Promise<void> {
	await retry(async () => {
		if (isAlive(pid)) {
			throw new Error(`Process ${pid} is still there`);
		}
	});
}

test('over ssh libvirtd is asked to watch whether we live, and ssh is called in batch', async (t) => {
	const {daemon, uri, directory} = await open(t, (call) => {
		if (isCall(60)(call)) {
			call.reply(payload((writer) => writer.signed(1)));
		}

		return false;
	});
	const connection = await openConnection(uri, {batch: true});
	t.deepEqual(
		daemon.calls.map(({header}) => header.procedure),
		[66, 60, 1],
	);
	t.is(daemon.calls[1]?.payload.readInt32BE(0), 10);
	t.regex(
		await readFile(join(directory, 'words'), 'utf8'),
		/^-l me -o BatchMode=yes -T -e none -- far\.example sh -c '.*exec virt-ssh-helper "test:\/\/\/default"/,
	);
	await connection.close();
});

test('a libvirtd that cannot watch is used all the same', async (t) => {
	const {uri} = await open(t);
	const connection = await openConnection(uri, {batch: true});
	await connection.close();
	t.is((await connection.closed).kind, 'closed');
});

test('ssh ends with the connection', async (t) => {
	const {uri, pid} = await open(t);
	const connection = await openConnection(uri, {batch: true});
	t.true(isAlive(await pid()));
	await connection.close();
	await untilGone(await pid());
	t.pass();
});

test('an ssh that takes no hint is killed', async (t) => {
	const {uri, pid} = await makeSsh(t, "trap '' TERM HUP PIPE; while :; do sleep 0.1; done");
	t.like(await t.throwsAsync(openConnection(uri, {batch: true, timeoutMs: 200}), {instanceOf: ConnectFailed}), {problem: 'timeout'});
	await untilGone(await pid());
});

test('an opening over ssh can be given up', async (t) => {
	const {uri, pid} = await makeSsh(t, 'exec sleep 100');
	const abort = new AbortController();
	const opening = openConnection(uri, {batch: true, signal: abort.signal});
	await pid();
	const reason = new Error('enough');
	abort.abort(reason);
	t.is(await t.throwsAsync(opening), reason);
	await untilGone(await pid());
});

test('calls fail when ssh is killed, with the signal', async (t) => {
	const {uri, pid} = await open(t, (call) => isCall(59)(call));
	const connection = await openConnection(uri, {batch: true});
	const calling = connection.getHostname();
	process.kill(await pid(), 'SIGKILL');
	const error = await t.throwsAsync(calling, {instanceOf: ConnectionLost, message: /ssh to me@far\.example was ended by SIGKILL$/});
	t.is(error.reason.kind, 'socket');
	await t.throwsAsync(connection.getType(), {instanceOf: ConnectionLost});
});

test('a daemon that hangs up ends the connection in order', async (t) => {
	const hangUp: FakeAnswer = (call) => {
		if (isCall(59)(call)) {
			call.hangUp();
		}

		return false;
	};
	const {uri} = await open(t, hangUp, (path) => `exec virt-ssh-helper 'test:///default?socket=${path}'`);
	const connection = await openConnection(uri, {batch: true});
	const error = await t.throwsAsync(connection.getHostname(), {instanceOf: ConnectionLost, message: 'libvirtd has closed the connection'});
	t.is(error.reason.kind, 'ended');
});

test('what ssh says while all goes well is no fault', async (t) => {
	const lines: string[] = [];
	const {uri, directory} = await open(t);
	await writeFile(
		join(directory, 'ssh'),
		(await readFile(join(directory, 'ssh'), 'utf8')).replace('exec nc', 'echo "Welcome. Permission denied to strangers." >&2; exec nc'),
	);
	const connection = await openConnection(uri, {batch: true, trace: (line) => lines.push(line)});
	await connection.close();
	t.true(lines.includes('ssh: Welcome. Permission denied to strangers.'), lines.join('\n'));
});

const told = test.macro({
	async exec(t, stderr: string, status: number, expected: {readonly problem: string; readonly message: string; readonly hint: string}) {
		const {uri, directory} = await makeSsh(t, `cat "$(dirname "$0")/stderr" >&2; exit ${status}`);
		await writeFile(join(directory, 'stderr'), stderr);
		const error = await t.throwsAsync(openConnection(uri, {batch: true}), {instanceOf: ConnectFailed});
		const {problem, message, hint} = error;
		t.deepEqual({problem, message: message.replaceAll(directory, ''), hint}, expected);
	},
	title: (title) => `ssh's last words tell ${title ?? ''}`,
});

test(
	'an unknown host key',
	told,
	'No ED25519 host key is known for far.example and you have requested strict checking.\r\nHost key verification failed.\r\n',
	255,
	{
		problem: 'auth',
		message: 'ssh does not know the host key of me@far.example',
		hint: 'Log in to it once with ssh and accept its key',
	},
);
test('a changed host key', told, '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nIT IS POSSIBLE\nHost key verification failed.\n', 255, {
	problem: 'auth',
	message: 'me@far.example has another host key than the one that ssh knows for it',
	hint: 'It may be another machine. If it is the right one, remove the old key: ssh-keygen -R far.example',
});
test('a refused key', told, 'me@far.example: Permission denied (publickey).\n', 255, {
	problem: 'auth',
	message: 'me@far.example does not let you in: me@far.example: Permission denied (publickey)',
	hint: 'Look at the user name and the key; keyfile=PATH in the URI names another key',
});
test('a missing key', told, 'Warning: Identity file /k not accessible: No such file or directory.\nPermission denied (publickey).\n', 255, {
	problem: 'auth',
	message: 'me@far.example does not let you in: Permission denied (publickey) (Warning: Identity file /k not accessible: No such file or directory)',
	hint: 'Look at the user name and the key; keyfile=PATH in the URI names another key',
});
test('an unknown name', told, 'ssh: Could not resolve hostname far.example: Name or service not known\n', 255, {
	problem: 'socket',
	message: 'No host is known by the name far.example',
	hint: 'Look at the name',
});
test('a host that does not answer', told, 'ssh: connect to host far.example port 22: Connection refused\n', 255, {
	problem: 'socket',
	message: 'No ssh connection to me@far.example: ssh: connect to host far.example port 22: Connection refused',
	hint: 'Check whether far.example is up and takes ssh connections there',
});
test('a missing helper', told, 'neither virt-ssh-helper nor nc is installed\n', 127, {
	problem: 'start',
	message: 'me@far.example has no way to its libvirtd: neither virt-ssh-helper nor nc is installed',
	hint: 'Install virt-ssh-helper there, which comes with libvirt-daemon',
});
test('a libvirtd that is not for this user', told, "virt-ssh-helper: cannot connect to '/s': Failed to connect socket to '/s': Permission denied\n", 1, {
	problem: 'permission',
	message: "No permission to use libvirtd on me@far.example: virt-ssh-helper: cannot connect to '/s': Failed to connect socket to '/s': Permission denied",
	hint: 'Log in as root, or as a user of the group libvirt of far.example',
});
test('a libvirtd that does not run', told, "virt-ssh-helper: cannot connect to '/s': Failed to connect socket to '/s': No such file\n", 1, {
	problem: 'socket',
	message: "libvirtd does not answer on me@far.example: virt-ssh-helper: cannot connect to '/s': Failed to connect socket to '/s': No such file",
	hint: 'Start libvirtd on far.example',
});
test('anything else, harmless for a terminal', told, 'Welcome\n\u001B[31mout of\u0007 order\u001B]0;x\u0007\n', 3, {
	problem: 'socket',
	message: '/ssh to me@far.example ended with status 3: ?[31mout of? order?]0;x?',
	hint: 'Try it by hand: ssh far.example',
});

test('all that ssh said is kept as the cause', async (t) => {
	const {uri} = await makeSsh(t, 'printf "one\\ntwo\\n" >&2; exit 3');
	const error = await t.throwsAsync(openConnection(uri, {batch: true}), {instanceOf: ConnectFailed});
	t.like(error.cause, {message: 'one\ntwo'});
});

test('only the end of endless words is kept', async (t) => {
	const {uri} = await makeSsh(t, 'head -c 3000000 /dev/zero | tr "\\0" x >&2; echo >&2; echo Permission denied >&2; exit 255');
	t.like(await t.throwsAsync(openConnection(uri, {batch: true}), {instanceOf: ConnectFailed}), {
		message: 'me@far.example does not let you in: Permission denied',
	});
});

const failsWith = test.macro({
	async exec(t, script: string, message: RegExp, options: OpenOptions = {}) {
		const {uri} = await makeSsh(t, script);
		const error = await t.throwsAsync(openConnection(uri, {batch: true, ...options}), {instanceOf: ConnectFailed, message});
		t.truthy(error.hint);
	},
	title: (title) => `an ssh that ${title ?? ''} is told`,
});

test('ends without a word', failsWith, 'exit 0', /far\.example did not lead to a libvirtd: libvirtd has closed the connection$/);
test(
	'prints something else',
	failsWith,
	'echo "Welcome to this host, dear user"; exec cat >/dev/null',
	/far\.example did not lead to a libvirtd: libvirtd sent what is not/,
);
test('closes its output and stays', failsWith, 'exec >&-; exec sleep 100', /far\.example did not lead to a libvirtd: libvirtd has closed the connection$/);
test('leaves a child that has its pipes', failsWith, 'sleep 3 & echo "Permission denied" >&2; exit 255', /does not let you in/);

test('an ssh that is not installed is told', async (t) => {
	const error = await t.throwsAsync(openConnection('lxc+ssh://host/system?command=/nowhere/ssh', {batch: true}), {instanceOf: ConnectFailed});
	t.like(error, {problem: 'start', message: '/nowhere/ssh is not installed', hint: 'Install openssh-client, or name an ssh by command=PATH in the URI'});
});

test('a transport that is not there is told with the one that is', async (t) => {
	t.like(await t.throwsAsync(openConnection('qemu://host/system'), {instanceOf: ConnectFailed}), {
		problem: 'transport',
		message: "The transport 'tls' of qemu://host/system is not supported",
		hint: 'Write qemu+ssh://host/system',
	});
});
