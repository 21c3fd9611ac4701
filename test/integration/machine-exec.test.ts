import {randomBytes} from 'node:crypto';
import {buffer} from 'node:stream/consumers';
import {execInSandbox} from '../../src/backend/session/exec-in-sandbox.ts';
import {ShellError} from '../../src/core/errors.ts';
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
