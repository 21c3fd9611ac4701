import {randomBytes} from 'node:crypto';
import {buffer} from 'node:stream/consumers';
import {setTimeout as wait} from 'node:timers/promises';
import {execInSandbox} from '../../src/backend/session/exec-in-sandbox.ts';
import {clockMs} from '../../src/core/clock-ms.ts';
import {ShellError} from '../../src/core/errors.ts';
import type {GuestSession} from '../../src/backend/types.ts';
import {machine} from '../helpers/backends.ts';
import {exec, keep, options, request} from '../helpers/kept.ts';
import {testWithMachines as test} from '../helpers/machine.ts';

test('a machine has as many slots for further commands as were asked for; one that ends leaves its slot to the next', async (t) => {
	const found = await keep(t, machine, {name: 'machine-slots', command: ['sleep', '300'], consoles: {spare: 2, shell: false}});
	const data = randomBytes(512 * 1024);
	const both = await Promise.all([1, 2].map(() => execInSandbox(found, request(['cat']), options)));
	const error = await t.throwsAsync(exec(found, ['true']), {instanceOf: ShellError});
	t.is(error?.message, "All 2 slots of 'machine-slots' for further commands are in use");
	for (const session of both) {
		session.stdin.end(data);
		t.true((await buffer(session.stdout)).equals(data));
		t.is(await session.exited, 0);
	}
	t.deepEqual(await exec(found, ['echo', 'again']), {status: 0, stdout: 'again\n', stderr: ''});
});

test('a process that keeps the input of a command, and does not read it, keeps no slot', async (t) => {
	const found = await keep(t, machine, {name: 'machine-unread-input', command: ['sleep', '300'], consoles: {spare: 2, shell: false}});
	for (const round of [1, 2, 3]) {
		const script = 'exec 3<&0; sleep 300 <&3 >/dev/null 2>&1 &';
		const session = await execInSandbox(found, request(['sh', '-c', script]), options);
		session.stdin.on('error', () => undefined);
		session.stdin.write(Buffer.alloc(4 * 1024 ** 2));
		t.is(await session.exited, 0, String(round));
		session.stdin.destroy();
		for (const word of ['one', 'two', 'three']) t.deepEqual(await exec(found, ['echo', word]), {status: 0, stdout: `${word}\n`, stderr: ''});
	}
});

test('a machine is given its terminals when commands first need them, each with a number of its own', async (t) => {
	const found = await keep(t, machine, {name: 'machine-terminals', command: ['sleep', '300'], consoles: {spare: 3, shell: false}});
	const sessions = await Promise.all([1, 2].map(() => execInSandbox(found, request(['sh', '-c', 'tty; read line'], {tty: true}), options)));
	const said = sessions.map((session) => buffer(session.stdout));
	for (const session of sessions) {
		session.stdin.write('\n');
		t.is(await session.exited, 0);
	}
	t.deepEqual((await Promise.all(said)).map((bytes) => bytes.toString().trim()).toSorted(), ['/dev/pts/0', '/dev/pts/1']);
	const error = await t.throwsAsync(Promise.all([1, 2, 3, 4].map(() => execInSandbox(found, request(['sleep', '30'], {tty: true}), options))), {
		instanceOf: ShellError,
	});
	t.is(error?.message, "All spare consoles of 'machine-terminals' are in use");
});

test('a terminal is the next command’s once all that the last one said is read, and what is typed late is dropped', async (t) => {
	const found = await keep(t, machine, {name: 'machine-unread', command: ['sleep', '300'], consoles: {spare: 1, shell: false}});
	const say = (): Promise<GuestSession> => execInSandbox(found, request(['seq', '30000'], {tty: true}), options);
	const listen = (): Promise<GuestSession> =>
		execInSandbox(found, request(['sh', '-c', 'stty -echo -icanon min 0 time 10; echo begun; cat; exit 5'], {tty: true}), options);
	const slow = await say();
	t.is(await slow.exited, 0);
	await t.throwsAsync(listen(), {message: "All spare consoles of 'machine-unread' are in use"});
	slow.stdin.write('typed late');
	t.regex((await buffer(slow.stdout)).toString(), /^1\r\n[^]*\n30000\r\n$/);
	const next = await listen();
	t.deepEqual([(await buffer(next.stdout)).toString(), await next.exited], ['begun\r\n', 5]);
	// Whoever reads goes away.
	const left = await say();
	t.is(await left.exited, 0);
	left.stdout.destroy();
	const after = await waitFor(listen);
	t.deepEqual([(await buffer(after.stdout)).toString(), await after.exited], ['begun\r\n', 5]);
	// More is typed than the guest takes, and nobody reads it.
	const unread = await execInSandbox(found, request(['sh', '-c', 'stty raw -echo; echo begun; read line </dev/null; sleep 2'], {tty: true}), options);
	unread.stdin.write(Buffer.alloc(4 * 1024 ** 2, 'typed '));
	await buffer(unread.stdout);
	t.is(await unread.exited, 0);
	const last = await waitFor(listen);
	t.deepEqual([(await buffer(last.stdout)).toString(), await last.exited], ['begun\r\n', 5]);
});

/** What succeeds once the terminal is free again. */
async function waitFor(begin: () => Promise<GuestSession>): Promise<GuestSession> {
	const until = clockMs() + 10_000;
	for (;;) {
		try {
			return await begin();
		} catch (error) {
			if (clockMs() > until) throw error;
			await wait(50);
		}
	}
}

test('a process that takes hold of a terminal again when it is hung up does not keep it from the next command', async (t) => {
	const found = await keep(t, machine, {name: 'machine-held', command: ['sleep', '300'], consoles: {spare: 1, shell: false}});
	const hold = 'open(my $file, ">", "/tmp/held"); fork; while (1) { open(my $tty, "+<", $ARGV[0]) or next; readline $tty }';
	const script = `setsid -f perl -e '${hold}' $(tty) >/dev/null 2>&1; until [ -e /tmp/held ]; do sleep 0.01; done`;
	const left = await execInSandbox(found, request(['sh', '-c', script], {tty: true}), options);
	await buffer(left.stdout);
	t.is(await left.exited, 0);
	const second = await execInSandbox(found, request(['sh', '-c', 'tty; exit 4'], {tty: true}), options);
	t.is((await buffer(second.stdout)).toString(), '/dev/pts/1\r\n');
	t.is(await second.exited, 4);
});

test('a command has none of the devices by which its machine talks to the host, whichever have come by then', async (t) => {
	const found = await keep(t, machine, {name: 'machine-devices', command: ['sleep', '300'], user: {kind: 'root'}, consoles: {spare: 1, shell: false}});
	t.like(await exec(found, ['true']), {status: 0});
	const {stdout} = await exec(found, ['ls', '/dev']);
	t.is(stdout.trim().replaceAll('\n', ' '), 'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero');
});

test('a machine outlives processes whose parents have ended, however many, and a terminal that was stopped at its end', async (t) => {
	const found = await keep(t, machine, {name: 'machine-orphans', command: ['sleep', '300'], consoles: {spare: 1, shell: false}});
	const orphans = 'i=0; while [ $i -lt 400 ]; do (true &); i=$((i + 1)); done; echo done';
	t.deepEqual(await exec(found, ['sh', '-c', orphans]), {status: 0, stdout: 'done\n', stderr: ''});
	const stopped = await execInSandbox(found, request(['sh', '-c', 'stty -icanon -echo ixon stop x; echo typed; read -r line; exit 6'], {tty: true}), options);
	stopped.stdin.write('\nx');
	t.regex((await buffer(stopped.stdout)).toString(), /typed/);
	t.is(await stopped.exited, 6);
	const next = await execInSandbox(found, request(['tty'], {tty: true}), options);
	t.regex((await buffer(next.stdout)).toString(), /^\/dev\/pts\/\d+\r\n$/);
	t.is(await next.exited, 0);
});
