// The ends of kept sandboxes and their keepers, over every backend.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {buffer} from 'node:stream/consumers';
import {setTimeout} from 'node:timers/promises';
import {readLog} from '../../src/backend/session/capture/read-log.ts';
import {askSignal, askWait} from '../../src/backend/session/control-client.ts';
import {execInSandbox} from '../../src/backend/session/exec-in-sandbox.ts';
import {findSandbox, type FoundSandbox} from '../../src/backend/session/find-sandbox.ts';
import {destroySandbox, stopSandbox} from '../../src/backend/session/stop-sandbox.ts';
import {ShellError} from '../../src/core/errors.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {machine, testEach} from '../helpers/backends.ts';
import {exec, freshName, keep, keeper, options, request, waitUntil, waitUntilGone} from '../helpers/kept.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testWithMachines} from '../helpers/machine.ts';
import {rootCaller} from '../helpers/run-sandbox.ts';

async function waitUntilReady(found: FoundSandbox): Promise<void> {
	await exec(found, ['sh', '-c', 'until [ -e /tmp/ready ]; do sleep 0.05; done']);
}

testEach('who waits for a kept sandbox whose time is over is told so, whether its command ends by that or is ended', async (t, backend) => {
	const limits = {...defaultSpec.limits, timeoutMs: 1000};
	for (const command of [
		['sleep', '300'],
		['sh', '-c', 'trap "" TERM HUP; sleep 300'],
	]) {
		const found = await keep(t, backend, {command, limits});
		t.is((await askWait(found.statePath, options)).status, 124);
	}
});

testEach('a signal reaches the command of a kept sandbox, its status comes to who waits, and the keeper ends with it', async (t, backend) => {
	const found = await keep(t, backend, {command: ['sh', '-c', 'trap "exit 33" USR1; touch /tmp/ready; while :; do sleep 0.05; done']});
	await waitUntilReady(found);
	const waiting = askWait(found.statePath, options);
	await askSignal(found.statePath, 10, options);
	t.like(await waiting, {status: 33});
	await waitUntilGone(found);
	await waitUntil(() => !existsSync(`/proc/${found.record.owner.pid}/exe`), 'the keeper has ended');
});

testEach('that memory has ended a sandbox is told to who waits, in its log, and to a further command', async (t, backend) => {
	const hog = 'until [ -e /tmp/go ]; do sleep 0.05; done; exec perl -e \'my $letter = "x"; push @all, $letter x 1_000_000 for 1 .. 600\'';
	const found = await keep(t, backend, {command: ['sh', '-c', `echo begun; ${hog}`], limits: {...defaultSpec.limits, memoryKiB: 131_072}});
	const log = readLog(found.statePath, {follow: true});
	t.like((await log.next()).value, {text: 'begun'});
	const waiting = askWait(found.statePath, options);
	const further = await execInSandbox(found, request(['sleep', '300']), options);
	await exec(found, ['touch', '/tmp/go']);
	t.deepEqual(await waiting, {status: 137, outOfMemory: 131_072});
	const told = await further.exited.then(
		(status) => ({status, outOfMemory: further.outOfMemory?.()}),
		(error: unknown) => error,
	);
	// A machine that goes may kill it first.
	if (told instanceof Error) t.is(told.message, 'The sandbox ended before its command’s status was known: the sandbox had used up its memory of 128M');
	else t.deepEqual(told, {status: 137, outOfMemory: 131_072});
	const rest: string[] = [];
	for await (const {console, text} of log) if (console !== 'boot') rest.push(`${console}: ${text}`);
	t.deepEqual(rest, ['stderr: [The command was killed: the sandbox had used up its memory of 128M]']);
});

testWithMachines('that a machine has nobody left to end for want of memory is told to all who wait', async (t) => {
	// Nothing that is ended gives back what a ram holds.
	const fill = 'dd if=/dev/zero of=/x/file bs=64k; for each in $(seq 300); do sleep 1000 & done; while :; do dd if=/dev/zero of=/x/more bs=4k; done';
	const command = ['sh', '-c', `until [ -e /tmp/go ]; do sleep 0.05; done; { ${fill}; } 2>/dev/null`];
	const limits = {...defaultSpec.limits, memoryKiB: 131_072};
	const found = await keep(t, machine, {command, limits, user: {kind: 'root'}, mounts: [parseMount('ram:/x=400M')]});
	const waiting = askWait(found.statePath, options);
	const further = await execInSandbox(found, request(['sleep', '300']), options);
	await exec(found, ['touch', '/tmp/go']);
	const told = Promise.allSettled([waiting, further.exited.then((status) => ({status, outOfMemory: further.outOfMemory?.()}))]);
	let isTold = false;
	void told.then(() => (isTold = true));
	// A kernel without memory may read the same pages again and again for minutes, until somebody wants one page more.
	while (!isTold) await Promise.race([told, exec(found, ['true']).catch(() => setTimeout(100))]);
	for (const each of await told) {
		// Whether a command is killed before its machine goes is the kernel's choice.
		if (each.status === 'fulfilled') t.deepEqual(each.value, {status: 137, outOfMemory: 131_072});
		else t.regex(String(each.reason), /The sandbox ended before its command’s status was known: the sandbox had used up its memory of 128M/);
	}
});

testEach('stop asks first, and destroys who does not listen', async (t, backend) => {
	const polite = await keep(t, backend, {command: ['sh', '-c', 'trap "exit 0" TERM; touch /tmp/ready; while :; do sleep 0.05; done']});
	const deaf = await keep(t, backend, {command: ['sh', '-c', 'trap "" TERM; touch /tmp/ready; while :; do sleep 0.05; done']});
	await waitUntilReady(polite);
	await waitUntilReady(deaf);
	const begun = performance.now();
	await stopSandbox(polite, 60_000, options);
	t.true(performance.now() - begun < 45_000);
	await stopSandbox(deaf, 300, options);
	t.false(existsSync(polite.statePath));
	t.false(existsSync(deaf.statePath));
});

testWithLibvirtd('a keeper holds no descriptor of whoever started it', async (t) => {
	const [file = '', ...words] = keeper;
	// Those that follow each other from 3 on Node itself does not pass on.
	const farAway = [...Array.from({length: 38}, () => 'ignore' as const), 'pipe' as const];
	const child = spawn(file, words, {stdio: ['pipe', 'pipe', ...farAway], detached: true});
	const pipe = child.stdio.at(-1);
	const ended = once(pipe !== null && pipe !== undefined && 'resume' in pipe ? pipe.resume() : child, 'end');
	const name = freshName();
	const spec = {...defaultSpec, uri: testLibvirtd().uri, name, command: ['sleep', '300'], lifetime: 'keep'};
	child.stdin?.end(JSON.stringify({spec, uri: spec.uri, options: {caller: rootCaller}}));
	const told = child.stdout === null ? '' : (await buffer(child.stdout)).toString();
	t.regex(told, /"tell":"ready"/);
	const found = findSandbox(name, rootCaller);
	await ended;
	t.true(found.isOwned);
	await destroySandbox(found, options);
	t.false(existsSync(found.statePath));
});

testEach('a sandbox whose keeper was killed is ended by destroy', async (t, backend) => {
	const found = await keep(t, backend, {command: ['sleep', '300']});
	process.kill(found.record.owner.pid, 'SIGKILL');
	await destroySandbox(findSandbox(found.record.name, rootCaller), options);
	t.false(existsSync(found.statePath));
});

testEach('a fault of a keeper is told as it is', async (t, backend) => {
	const error = await t.throwsAsync(keep(t, backend, {command: ['true'], user: {kind: 'name', name: 'no-such-user'}}), {instanceOf: ShellError});
	t.is(error?.code, 'not-found');
	t.is(error?.message, "No user is named 'no-such-user'");
});
