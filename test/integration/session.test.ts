// What other processes do with a running sandbox: exec, consoles, log, over every backend.
import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {setTimeout as wait} from 'node:timers/promises';
import ava, {type ExecutionContext} from 'ava';
import {askConsole} from '../../src/backend/session/ask-console.ts';
import {readLog, type LogLine} from '../../src/backend/session/capture/read-log.ts';
import {askConsoles, askWait} from '../../src/backend/session/control-client.ts';
import {execInSandbox} from '../../src/backend/session/exec-in-sandbox.ts';
import {findSandbox, type FoundSandbox} from '../../src/backend/session/find-sandbox.ts';
import {destroySandbox, stopSandbox} from '../../src/backend/session/stop-sandbox.ts';
import {findQemus} from '../../src/backend/machine/machine-process.ts';
import {watchShared} from '../../src/backend/session/share-terminal.ts';
import {startCapturedSandbox, startKeptSandbox} from '../../src/backend/sandbox.ts';
import type {GuestSession, TerminalSize} from '../../src/backend/types.ts';
import {ShellError} from '../../src/core/errors.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {container, machine, testEach, type TestBackend} from '../helpers/backends.ts';
import {exec, finishSession, freshName, keep, keeper, options, readUntil, request, waitUntil, waitUntilGone} from '../helpers/kept.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testWithMachines} from '../helpers/machine.ts';
import {rootCaller, silentVoice, type SpecChanges} from '../helpers/run-sandbox.ts';

/** Of each command in the test of many at once; VIRT_SANDBOX_TEST_EXEC_MIB=50 for a thorough look. */
const mebibytes = process.env['VIRT_SANDBOX_TEST_EXEC_MIB'];
const bytesEachWay = mebibytes === undefined ? undefined : Number(mebibytes) * 1024 * 1024;

async function collect(lines: AsyncIterable<LogLine>): Promise<string[]> {
	const all: string[] = [];
	for await (const {console, text} of lines) {
		all.push(`${console}: ${text}`);
	}
	return all;
}

/** Reads until a text has come. */
/** Kept sandboxes that several tests use; the last one ends them. */
const plain = new Map<TestBackend, Promise<FoundSandbox>>();

function keepPlain(backend: TestBackend): Promise<FoundSandbox> {
	const known = plain.get(backend);
	if (known !== undefined) return known;
	const name = freshName();
	const spec = {...defaultSpec, ...backend.spec(), name, command: ['sleep', '600'], environment: {FROM: 'start'}};
	const starting = startKeptSandbox(spec, {voice: silentVoice, caller: rootCaller}, keeper).then(() => findSandbox(name, rootCaller));
	plain.set(backend, starting);
	return starting;
}

ava.after.always('the kept sandboxes end', async () => {
	for (const starting of plain.values()) await destroySandbox(await starting, options);
});

testEach('a kept sandbox lives without its starter, and exec runs in it from any process', async (t, backend) => {
	const found = await keepPlain(backend);
	t.true(found.isOwned);
	t.not(found.record.owner.pid, process.pid);
	const script = 'cat; echo $FROM $MORE >&2; touch /tmp/seen; exit 9';
	t.deepEqual(await exec(found, ['sh', '-c', script], {environment: {MORE: 'exec'}, input: 'input'}), {status: 9, stdout: 'input', stderr: 'start exec\n'});
	t.deepEqual(await exec(found, ['ls', '/tmp']), {status: 0, stdout: 'seen\n', stderr: ''});
	t.deepEqual(await exec(found, ['no-such']), {status: 127, stdout: '', stderr: 'virt-sandbox: no-such: not found\n'});
});

testEach('commands of exec at once have input, output and status of their own, byte for byte', async (t, backend) => {
	const found = await keepPlain(backend);
	const many = Math.min(backend.most, 10);
	const inputs = Array.from({length: many}, (_, index) => randomBytes(bytesEachWay ?? backend.bulk / 10).fill(index, 0, 1));
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

testEach('exec has a user, a directory and signals of its own', async (t, backend) => {
	const found = await keepPlain(backend);
	t.is((await exec(found, ['sh', '-c', 'id -u; pwd'], {user: '1234', cwd: '/usr/share'})).stdout, '1234\n/usr/share\n');
	const session = await execInSandbox(found, request(['sleep', '300']), options);
	session.kill(15);
	t.is((await finishSession(session)).status, 143);
});

testEach('another user than a sandbox’s own starts in none of what that may have made, and runs nothing of it', async (t, backend) => {
	const directory = mkdtempSync('/srv/linked-');
	t.teardown(() => rmSync(directory, {recursive: true}));
	chmodSync(directory, 0o755);
	const place = join(directory, 'real/place');
	mkdirSync(place, {recursive: true});
	symlinkSync('real', join(directory, 'link'));
	const mounts = ['ram:/scratch=1M,mode=1777', 'ram:/root=1M,mode=1777', 'ram:/usr/local=1M,mode=1777', `ram:${directory}/link/place=1M,mode=1777`];
	const found = await keep(t, backend, {
		command: ['sleep', '300'],
		user: {kind: 'name', name: 'nobody'},
		mounts: mounts.map((text) => parseMount(text, '/')),
		cwd: '/scratch',
	});
	const make = 'mkdir /usr/local/bin; for place in /scratch /usr/local/bin . ; do printf "#!/bin/sh\\necho evil" >$place/id; chmod 755 $place/id; done';
	t.like(await exec(found, ['sh', '-c', make], {cwd: place}), {status: 0, stderr: ''});
	const tell = ['sh', '-c', 'pwd; echo $HOME $PATH; id'];
	const PATH = `/usr/local/bin:scratch:${directory}/link/place:/usr/bin`;
	const caller = {cwd: place, environment: {PATH, HOME: '/scratch'}};
	const root = await exec(found, tell, {user: 'root', caller});
	t.regex(root.stdout, /^\/\n\/ \/usr\/sbin:\/usr\/bin:\/sbin:\/bin\nuid=0/);
	// Its own user starts where the first command did, and finds what the caller means; who says so has the rest.
	t.regex((await exec(found, tell, {caller})).stdout, /^\/scratch\n\/nonexistent scratch:\/usr\/bin\nuid=65534/);
	t.is((await exec(found, tell, {user: 'root', cwd: place, environment: {PATH: '.:/usr/bin'}})).stdout, `${place}\n/ .:/usr/bin\nevil\n`);
});

testWithMachines('what QEMU may take beside the memory of its machine is bounded', async (t) => {
	const {record} = await keepPlain(machine);
	const [qemu] = findQemus({uuid: record.uuid, uri: record.uri, qemu: record.qemu});
	const read = (file: string): string => readFileSync(`/proc/${qemu?.pid ?? 0}/${file}`, 'utf8');
	const limit = (): number => Number(/^Max data size +(\d+) /m.exec(read('limits'))?.[1]);
	await waitUntil(() => !Number.isNaN(limit()), 'it has a limit');
	const own = Number(/^VmData:\s+(\d+) kB$/m.exec(read('status'))?.[1]) * 1024;
	t.true(limit() > own + (1 << 30) && limit() < own + 2 * 2 ** 30, `${limit()} ${own}`);
});

testEach('a command of exec whose output nobody wants sees a broken pipe', async (t, backend) => {
	const session = await execInSandbox(await keepPlain(backend), request(['yes']), options);
	await once(session.stdout, 'data');
	session.stdout.destroy();
	t.is(await session.exited, 141);
});

testEach('who asks for an exec and goes before its pipes are open stops nobody', async (t, backend) => {
	const found = await keepPlain(backend);
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
	t.deepEqual(await exec(found, ['cat'], {input: 'alive'}), {status: 0, stdout: 'alive', stderr: ''});
});

testEach('exec with a terminal uses a spare console, and they run out', async (t, backend) => {
	const found = await keep(t, backend, {command: ['sleep', '300'], consoles: {spare: 1, shell: false}});
	const first = await execInSandbox(
		found,
		request(['sh', '-c', 'stty size; tty; read line; echo got $line; exit 3'], {tty: true, size: {rows: 11, columns: 22}}),
		options,
	);
	const error = await t.throwsAsync(execInSandbox(found, request(['true'], {tty: true}), options), {instanceOf: ShellError});
	t.regex(error?.message ?? '', /All spare consoles/);
	first.stdin.write('word\r');
	t.is((await buffer(first.stdout)).toString().replace('word\r\n', ''), `11 22\r\n${backend.tty}\r\ngot word\r\n`);
	t.is(await first.exited, 3);
	const second = await execInSandbox(found, request(['sh', '-c', 'echo again'], {tty: true}), options);
	t.is((await buffer(second.stdout)).toString(), 'again\r\n');
});

// A machine hangs a terminal up for whoever still has it open.
testWithLibvirtd('a process that has kept a terminal of exec open reads nothing of another user’s', async (t) => {
	const script = 'exec 3<>$0; (while :; do cat <&3; done >/tmp/read 2>/dev/null) & touch /tmp/open';
	const found = await keep(t, container, {command: ['sleep', '300'], user: {kind: 'name', name: 'nobody'}, consoles: {spare: 2, shell: false}});
	const onTerminal = (words: readonly string[], user: string): Promise<GuestSession> =>
		execInSandbox(found, {...request([...words], {tty: true}), user}, options);
	const left = await onTerminal(['sh', '-c', `setsid -f sh -c '${script}' $(tty); until [ -e /tmp/open ]; do sleep 0.01; done`], 'nobody');
	t.is(await left.exited, 0);
	const typed = await onTerminal(['sh', '-c', 'read first; read second; echo got $first $second'], 'root');
	typed.stdin.write('secret\rword\r');
	t.regex((await buffer(typed.stdout)).toString(), /got secret word\r\n$/);
	t.deepEqual(await exec(found, ['cat', '/tmp/read']), {status: 0, stdout: '', stderr: ''});
	const again = await onTerminal(['sh', '-c', 'exit 4'], 'nobody');
	t.is(await again.exited, 4);
});

testEach('what was typed for a command of exec, and not read, is for nobody else', async (t, backend) => {
	const found = await keep(t, backend, {command: ['sleep', '300'], user: {kind: 'name', name: 'nobody'}, consoles: {spare: 1, shell: false}});
	const onTerminal = (script: string, user: string): Promise<GuestSession> =>
		execInSandbox(found, {...request(['sh', '-c', script], {tty: true}), user}, options);
	const first = await onTerminal('stty -echo; echo begun; sleep 1', 'root');
	t.regex(await readUntil(first, 'begun'), /begun/);
	first.stdin.write('secret\rmore');
	await buffer(first.stdout);
	t.is(await first.exited, 0);
	// A machine's console is hung up, and can be another user's.
	const other = backend === machine ? 'nobody' : 'root';
	const second = await onTerminal('stty -icanon min 0 time 5; cat; echo end', other);
	t.is((await buffer(second.stdout)).toString(), 'end\r\n');
	t.is(await second.exited, 0);
	if (backend === container) await t.throwsAsync(onTerminal('true', 'nobody'), {message: /in use, or have been another user’s/});
});

testEach('a terminal that a command has left raw, or tried to take for itself or to stop, serves the next one', async (t, backend) => {
	const found = await keep(t, backend, {command: ['sleep', '300'], user: {kind: 'name', name: 'nobody'}, consoles: {spare: 1, shell: false}});
	const spoil = 'open(my $tty, "+<", "/dev/tty"); ioctl($tty, 0x540c, 0); syscall(16, fileno $tty, 0x540a, 0); system "stty raw -echo"';
	const first = await execInSandbox(found, request(['perl', '-e', spoil], {tty: true}), options);
	await buffer(first.stdout);
	t.is(await first.exited, 0);
	const second = await execInSandbox(
		found,
		request(['sh', '-c', 'stty -a | grep -ow -e -opost -e opost -e -icanon -e icanon; exit 4'], {tty: true}),
		options,
	);
	t.deepEqual((await buffer(second.stdout)).toString().trim().split('\r\n').toSorted(), ['icanon', 'opost']);
	t.is(await second.exited, 4);
	t.deepEqual(await exec(found, ['echo', 'alive']), {status: 0, stdout: 'alive\n', stderr: ''});
});

/** Joins a terminal that somebody has, as another process would: types there, and sees what was said before and how large it is. */
async function shareTerminal(t: ExecutionContext, found: FoundSandbox, session: GuestSession, console: string): Promise<void> {
	t.regex(await readUntil(session, 'begun'), /begun/);
	const [joined, left] = await Promise.all([askConsole(found.statePath, console, options), askConsole(found.statePath, console, options)]);
	t.deepEqual([joined.console, joined.holder?.size], [console, {rows: 11, columns: 22}]);
	t.regex(await readUntil(joined, 'begun'), /begun/, 'what was said before is shown');
	left.stdin.destroy();
	joined.resize({rows: 3, columns: 4});
	const resized = new Promise<TerminalSize>((resolve) => {
		if (joined.holder !== undefined) joined.holder.onSize = resolve;
	});
	session.resize({rows: 33, columns: 44});
	t.deepEqual(await resized, {rows: 33, columns: 44});
	joined.stdin.write('word\r');
	const outputs = await Promise.all([joined, session].map(async ({stdout}) => (await buffer(stdout)).toString()));
	for (const output of outputs) t.regex(output, /got word 33 44\r\n$/);
	t.deepEqual(await Promise.all([joined.exited, session.exited]), [0, 5]);
}

// A new size and what is typed take different ways into the sandbox.
const resized = 'while [ "$(stty size)" = "11 22" ]; do sleep 0.1; done';
const shared = ['sh', '-c', `echo begun; read line; ${resized}; echo got $line $(stty size); exit 5`];

testEach('others join the terminal of a command of exec, while it runs', async (t, backend) => {
	const found = await keep(t, backend, {command: ['sleep', '300'], consoles: {spare: 2, shell: false}});
	const seen: string[] = [];
	const watching = new AbortController();
	t.teardown(() => watching.abort());
	watchShared(found.statePath, () => seen.push('shared'), watching.signal);
	await t.throwsAsync(askConsole(found.statePath, 'exec-1', options), {instanceOf: ShellError, message: "Nobody runs a command on 'exec-1' of this sandbox"});
	const session = await execInSandbox(found, request(shared, {tty: true, size: {rows: 11, columns: 22}}), options);
	t.is(session.console, 'exec-1');
	await waitUntil(() => seen.length > 0, 'who watches knows of it');
	t.is(statSync(`${found.statePath}/exec-1`).mode & 0o777, 0o600);
	await shareTerminal(t, found, session, 'exec-1');
	await waitUntil(() => !existsSync(`${found.statePath}/exec-1`), 'its socket has gone with it');
});

testEach('others join the terminal of a sandbox in the foreground', async (t, backend) => {
	const {name, session} = await backend.start(t, {name: freshName(), command: shared, tty: true}, {size: {rows: 11, columns: 22}});
	const found = findSandbox(name, rootCaller);
	await waitUntil(() => existsSync(`${found.statePath}/control`), 'there is a control socket');
	const [tty] = await askConsoles(found.statePath, options);
	t.deepEqual(tty, {name: 'tty', state: 'in use'});
	await shareTerminal(t, found, session, 'tty');
});

testEach('what the command writes is captured with its time, and can be followed', async (t, backend) => {
	const begun = Date.now();
	const found = await keep(t, backend, {
		command: ['sh', '-c', 'echo one; echo two >&2; read line || echo "no input"; printf partial; sleep 1; echo " rest"; sleep 300'],
	});
	const lines: LogLine[] = [];
	for await (const line of readLog(found.statePath, {follow: true})) {
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
	t.deepEqual(await collect(readLog(found.statePath, {console: 'stderr'})), ['stderr: two']);
	t.true(lines.every(({timeMs}) => timeMs >= begun && timeMs <= Date.now()));
});

testEach('a command with a terminal can be joined, left and joined again', async (t, backend) => {
	const found = await keep(t, backend, {command: ['sh', '-c', 'while read line; do echo "got $line"; done'], tty: true});
	const first = await askConsole(found.statePath, 'tty', options);
	first.stdin.write('one\r');
	await readUntil(first, 'got one');
	t.deepEqual(first.past, {bytes: 0}, 'nobody was there before');
	first.stdin.destroy();
	const second = await askConsole(found.statePath, 'tty', options);
	const again = await readUntil(second, 'got one');
	t.regex(again, /got one/, 'what came last is shown again');
	const past = second.past?.bytes ?? 0;
	t.true(past >= again.indexOf('got one') + 'got one'.length && past <= again.length, `${past} bytes of ${JSON.stringify(again)} were heard`);
	second.stdin.write('two\r');
	await readUntil(second, 'got two');
	second.resize({rows: 44, columns: 55});
	second.stdin.write('\x04');
	await second.exited;
	await waitUntilGone(found);
	t.pass();
});

testEach('a root shell waits on a console of its own, of a kept sandbox and of another; the consoles are listed', async (t, backend) => {
	const nobody: SpecChanges = {command: ['sleep', '300'], user: {kind: 'name', name: 'nobody'}, consoles: {spare: 0, shell: true}};
	const kept = await keep(t, backend, {...nobody, tty: true, consoles: {spare: 2, shell: true}});
	const sandbox = await backend.start(t, {...nobody, name: freshName()});
	const direct = findSandbox(sandbox.name, rootCaller);
	await waitUntil(() => existsSync(`${direct.statePath}/control`), 'there is a control socket');
	for (const found of [kept, direct]) {
		const console = await askConsole(found.statePath, 'shell', options);
		console.stdin.write('echo "I am $(id -u)"; exit\r');
		await readUntil(console, 'I am 0');
		console.stdin.destroy();
	}
	t.deepEqual(await askConsoles(kept.statePath, options), [
		{name: 'tty', state: 'captured'},
		{name: 'boot', state: 'captured'},
		{name: 'shell', state: 'captured'},
		{name: 'exec-1', state: 'free'},
		{name: 'exec-2', state: 'free'},
	]);
});

testEach('a root shell that has ended is there again, each time', async (t, backend) => {
	// Without root's own profile, which may take an emulated shell half a minute.
	const {statePath} = await keep(t, backend, {command: ['sleep', '300'], consoles: {spare: 0, shell: true}, mounts: [parseMount('ram:/root=1M')]});
	const console = await askConsole(statePath, 'shell', options);
	let said = '';
	console.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
	for (const round of [1, 2, 3]) {
		// What is typed before it is there is lost.
		const typing = setInterval(() => console.stdin.write(`echo shell-$((${round}+10))\r`), 300);
		await waitUntil(() => said.includes(`shell-${round + 10}\r\n`), `shell ${round} is there`);
		clearInterval(typing);
		// One that ends at once is not begun again.
		console.stdin.write(`sleep 1.5; echo end-$((${round}+10)); exit\r`);
		await waitUntil(() => said.includes(`end-${round + 10}\r\n`), `shell ${round} ends`);
	}
	console.stdin.destroy();
	t.pass();
});

testWithMachines('stop waits until a machine has written out its image, however slow that is', async (t) => {
	const directory = mkdtempSync('/var/tmp/written-out-');
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const image = join(directory, 'image');
	const environment = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`};
	execFileSync('mkfs.ext4', ['-q', '-F', image, '64M'], {env: environment});
	const command = ['sh', '-c', 'head -c 30000000 /dev/zero >/mnt/big; echo written; exec sleep 300'];
	const found = await keep(t, machine, {command, mounts: [parseMount(`host-image:/mnt=${image}`)]});
	await waitUntil(async () => (await collect(readLog(found.statePath, {console: 'stdout'}))).length > 0, 'the file is written');
	const ended = askWait(found.statePath, options);
	const stopping = stopSandbox(found, 5000, options);
	await ended;
	const {uuid, uri, qemu} = found.record;
	const [running] = findQemus({uuid, uri, qemu});
	if (running !== undefined) process.kill(running.pid, 'SIGSTOP');
	await wait(7000);
	if (running !== undefined) process.kill(running.pid, 'SIGCONT');
	await stopping;
	t.regex(execFileSync('debugfs', ['-R', 'stat /big', image], {encoding: 'utf8', env: environment}), /Size: 30000000/);
});

testEach('a captured sandbox of this process is reached in the same way', async (t, backend) => {
	const name = freshName();
	const sandbox = await startCapturedSandbox(
		{...defaultSpec, ...backend.spec(), name, command: ['sh', '-c', 'echo hello; sleep 300']},
		{voice: silentVoice, caller: rootCaller},
	);
	const found = findSandbox(name, rootCaller);
	t.is((await exec(found, ['echo', 'inside'])).stdout, 'inside\n');
	for await (const {text} of readLog(found.statePath, {console: 'stdout', follow: true})) {
		t.is(text, 'hello');
		break;
	}
	await sandbox.destroy();
	await sandbox.closed;
	t.false(existsSync(found.statePath));
});

ava('a name that nobody has is not found', (t) => {
	t.throws(() => findSandbox('no-such-sandbox', rootCaller), {instanceOf: ShellError, message: "No sandbox is named 'no-such-sandbox'"});
});
