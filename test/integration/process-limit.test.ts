// The limit on the number of processes, which libvirt has not: ours, in the container's control group.
import {statSync} from 'node:fs';
import {dirname} from 'node:path';
import {cgroupsOf} from '../../src/backend/container/cgroups/cgroups-of.ts';
import {readOrEmpty} from '../../src/backend/host/files/read-or-empty.ts';
import {findController, isControllerOf} from '../../src/backend/container/controller.ts';
import {readProcessWords} from '../../src/backend/host/processes.ts';
import type {ProcessGroup} from '../../src/backend/container/cgroups/process-group.ts';
import {startCapturedSandbox} from '../../src/backend/sandbox.ts';
import {readLog} from '../../src/backend/session/capture/read-log.ts';
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {destroySandbox} from '../../src/backend/session/stop-sandbox.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {listAllProcesses} from '../helpers/all-processes.ts';
import {exec, freshName, options, waitUntil} from '../helpers/kept.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {programPath, runProgram, startProgram} from '../helpers/run-program.ts';
import {finish, rootCaller, silentVoice, startTestSandbox} from '../helpers/run-sandbox.ts';

const program = programPath('virt-sandbox');
const withUri = (words: readonly string[]): string[] => ['-c', testLibvirtd().uri, ...words];
const limits = (pids: number | undefined) => ({...defaultSpec.limits, pids});
/** Fills what it may have, and goes on trying. */
const filler = `sleep 600.${process.pid}`;
const filling = ['bash', '-c', `while :; do ${filler} & done 2>/dev/null`];

/** What counts the processes of the container with this name. */
function groupOf(name: string): ProcessGroup | undefined {
	const controller = listAllProcesses().find((each) => isControllerOf(each, name));
	return controller === undefined ? undefined : findController(controller.pid, name)?.findProcessGroup();
}

test('a fork bomb ends by --timeout with status 124, is told of, and leaves nothing', async (t) => {
	const name = freshName();
	const words = ['-v', '-n', name, '--pids', '40', '--timeout', '2', '--', ...filling];
	const {status, stderr} = await runProgram(program, withUri(words));
	t.is(status, 124);
	t.regex(stderr, /^virt-sandbox: warning: The sandbox reached its limit of 40 processes \(Where it needs more, raise it with --pids\.\)$/m);
	t.is(groupOf(name), undefined);
	t.deepEqual(
		listAllProcesses().filter(({pid}) => readProcessWords(pid).join(' ') === filler),
		[],
	);
});

test('without a word the limit is 4096, with 0 there is none, and a sandbox that stays below its own is not told of', async (t) => {
	const told: string[] = [];
	const voice = {...silentVoice, notice: (_level: string, code: string) => void told.push(code)};
	for (const [pids, limit] of [
		[undefined, 4096],
		[0, undefined],
		[50, 50],
	] as const) {
		const name = freshName();
		const sandbox = await startTestSandbox(t, {name, command: ['cat'], limits: limits(pids)}, {voice});
		const group = groupOf(name);
		t.is(group?.limit, limit);
		if (limit !== undefined) t.true(Number(group?.current) >= 2 && Number(group?.current) < 10);
		t.is((await finish(sandbox)).status, 0);
		t.is(groupOf(name), undefined);
	}
	t.false(told.includes('pids-reached'));
	t.false(told.includes('pids-limit'));
});

test('nobody but root lists the control groups that are made for the limit, so nobody keeps them from being removed', async (t) => {
	const name = freshName();
	const sandbox = await startTestSandbox(t, {name, command: ['cat']});
	const controller = listAllProcesses().find((each) => isControllerOf(each, name));
	const [init] = readOrEmpty(`/proc/${controller?.pid}/task/${controller?.pid}/children`).split(' ');
	const group = cgroupsOf(Number(init)).find(({controllers}) => controllers.includes('pids'));
	// With version 2 it is libvirt's.
	if (group !== undefined) for (const path of [group.path, dirname(group.path)]) t.is(statSync(path).mode & 0o777, 0o711, path);
	t.is((await finish(sandbox)).status, 0);
});

test('no process of the command is begun outside the limit', async (t) => {
	const name = freshName();
	const sandbox = await startTestSandbox(t, {name, command: ['sh', '-c', 'cat /proc/self/cgroup -']});
	sandbox.session.stdin.end();
	const {stdout} = await finish(sandbox);
	t.regex(stdout, /^(?:\d+:pids|0:):.*\/(?:lxc-|machine-lxc)/m);
});

test('at its limit a sandbox refuses a further command with the reason, as often as it is asked, and still takes signals', async (t) => {
	const name = freshName();
	const sandbox = await startCapturedSandbox(
		{...defaultSpec, uri: testLibvirtd().uri, name, command: filling, limits: limits(40)},
		{voice: silentVoice, caller: rootCaller},
	);
	const found = await findSandbox(name, rootCaller);
	t.teardown(() => destroySandbox(found, options).catch(() => undefined));
	await waitUntil(() => groupOf(name)?.current === 40, 'it has as many as it may');
	// More often than its init has descriptors to lose.
	for (let time = 0; time < 40; time++) {
		await t.throwsAsync(exec(found, ['true']), {message: 'The command could not be started: the sandbox has reached its limit of processes'});
	}
	const shell = (line: string) => runProgram(programPath('virt-sandbox-shell'), withUri([line]));
	const {stdout} = await shell(`info ${name}; stats ${name}`);
	// Its init has let go of what it tried last, and the command fills that only in a while.
	t.regex(stdout, /^Processes: +(3[5-9]|40)$/m);
	t.regex(stdout, /^Process limit: +40$/m);
	const log = readLog(found.statePath, {follow: true, console: 'stderr'});
	const said = log.next();
	t.is((await shell(`signal ${name} KILL`)).status, 0);
	t.like(await sandbox.exited, {status: 137});
	await sandbox.closed;
	t.is(groupOf(name), undefined);
	const lines = [(await said).value?.text];
	for await (const {text} of log) lines.push(text);
	t.is(lines.at(-1), '[The sandbox reached its limit of 40 processes]');
});

test('a fork bomb ends by a signal to virt-sandbox', async (t) => {
	const name = freshName();
	const running = startProgram(program, withUri(['-n', name, '--pids', '40', '--', 'bash', '-c', `trap 'exit 7' TERM; echo begun; ${filling[2]}`]));
	await running.says('begun');
	await waitUntil(() => groupOf(name)?.current === 40, 'it has as many as it may');
	running.child.kill('SIGTERM');
	// bash gives up at once where the signal comes while it waits to fork once more.
	t.true([7, 254].includes((await running.ended).status));
});
