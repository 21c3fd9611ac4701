// How a sandbox starts and ends, over every backend.
import {chmodSync, existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {planSandbox} from '../../src/backend/sandbox.ts';
import {ShellError} from '../../src/core/errors.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {runAlone, testEach} from '../helpers/backends.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {finish, rootCaller, runInSandbox, silentVoice, startTestSandbox} from '../helpers/run-sandbox.ts';

testEach('temporary directories are fresh and open to all, and what the command leaves running ends with it', async (t, backend) => {
	const script = 'stat -c "%a %n" /tmp /var/tmp /dev/shm /run; ls -A /tmp /var/tmp /dev/shm; sleep 600 & setsid sleep 600 & echo done';
	const {stdout} = await runAlone(backend, t, ['sh', '-c', script], {user: {kind: 'name', name: 'nobody'}});
	t.is(stdout, '1777 /tmp\n1777 /var/tmp\n1777 /dev/shm\n755 /run\n/dev/shm:\n\n/tmp:\n\n/var/tmp:\ndone\n');
});

testEach('the phases of a start are told in their order, and output can go straight to a sink', async (t, backend) => {
	const phases: string[] = [];
	const chunks: Buffer[] = [];
	const sink = {write: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk))};
	const options = {sinks: {stdout: sink, stderr: sink}, voice: {...silentVoice, phase: (name: string) => phases.push(name)}};
	const sandbox = await backend.start(t, {command: ['seq', '1', '100000']}, options);
	t.deepEqual(await finish(sandbox), {status: 0, stdout: '', stderr: ''});
	t.is(Buffer.concat(chunks).toString().split('\n').length, 100_001);
	t.deepEqual(phases, backend.phases);
});

testEach('destroy ends a sandbox at once, and leaves nothing', async (t, backend) => {
	const sandbox = await backend.start(t, {command: ['sleep', '60']});
	t.true(existsSync(`/run/virt-sandbox/${sandbox.id}/io`));
	await sandbox.destroy();
	t.is(await sandbox.session.exited, 137);
	await sandbox.close();
	t.false(existsSync(`/run/virt-sandbox/${sandbox.id}`));
});

testEach('a plan starts nothing and leaves nothing', async (t, backend) => {
	const plan = await planSandbox({...defaultSpec, ...backend.spec(), command: ['true']}, {voice: silentVoice, caller: rootCaller});
	t.regex(plan.xml, /^<domain type='(?:lxc|qemu)'[ >]/);
	t.false(existsSync('/run/virt-sandbox/00000000'));
});

test('a caller that is not root keeps the state of sandboxes from their sight, wherever it lies', async (t) => {
	const home = mkdtempSync('/opt/home-');
	chmodSync(home, 0o755);
	t.teardown(() => rmSync(home, {recursive: true, force: true}));
	const caller = {...rootCaller, uid: 1234, gid: 1234, environment: {...rootCaller.environment, XDG_RUNTIME_DIR: home}};
	const script = `ls -A ${home} ${home}/virt-sandbox; touch ${home}/virt-sandbox/planted 2>/dev/null || echo closed`;
	for (const mounts of [[], [parseMount(`host-bind:${home}=${home}`, '/')]]) {
		const sandbox = await startTestSandbox(t, {command: ['sh', '-c', script], mounts}, {caller});
		t.deepEqual(await finish(sandbox), {status: 0, stdout: `${home}:\nvirt-sandbox\n\n${home}/virt-sandbox:\nclosed\n`, stderr: ''});
	}
});

test('a caller that is not root cannot use the control pipes of its sandbox', async (t) => {
	const runtime = mkdtempSync(join(tmpdir(), 'runtime-'));
	t.teardown(() => rmSync(runtime, {recursive: true, force: true}));
	const caller = {...rootCaller, uid: 1234, gid: 1234, environment: {...rootCaller.environment, XDG_RUNTIME_DIR: runtime}};
	const sandbox = await startTestSandbox(t, {command: ['sh', '-c', 'id -u; cd /run/sandbox && ls ctl.in ctl.out 2>/dev/null; exit 4']}, {caller});
	t.deepEqual(await finish(sandbox), {status: 4, stdout: '1234\n', stderr: ''});
	const another = startTestSandbox(t, {command: ['true'], user: {kind: 'root'}}, {caller});
	await t.throwsAsync(another, {instanceOf: ShellError, message: /^Only root can run the command of a container as another user/});
	t.deepEqual(readdirSync(join(runtime, 'virt-sandbox')), []);
});

testEach('many sandboxes at once each get a name, their own streams and their own status', async (t, backend) => {
	const numbers = [...Array(backend.most).keys()];
	const runs = await Promise.all(numbers.map((index) => runAlone(backend, t, ['sh', '-c', `cat; exit ${index}`], {input: `input ${index}`})));
	t.deepEqual(
		runs,
		numbers.map((index) => ({status: index, stdout: `input ${index}`, stderr: ''})),
	);
});

testEach('a name that is taken is refused, and can be used again at once when it is not', async (t, backend) => {
	const name = `taken-${process.pid}`;
	const first = await backend.start(t, {command: ['sleep', '60'], name});
	const tries: string[] = [];
	const trace = (line: string): void => void (line.startsWith('-> DOMAIN_CREATE_XML') && tries.push(line));
	await t.throwsAsync(backend.start(t, {command: ['true'], name}, {trace}), {
		instanceOf: ShellError,
		message: `A domain named '${name}' exists already`,
	});
	t.is(tries.length, 1);
	await first.destroy();
	t.is((await runAlone(backend, t, ['true'], {name})).status, 0);
	await first.close();
});

testEach('a start can be given up', async (t, backend) => {
	const controller = new AbortController();
	const starting = backend.start(t, {command: ['sleep', '60']}, {signal: controller.signal});
	controller.abort(new Error('enough'));
	await t.throwsAsync(starting, {message: 'enough'});
});

testEach('a source that is missing, a user that is missing and too little memory are told before anything starts', async (t, backend) => {
	const mount = {type: 'host-bind', target: '/x', source: '/no/such', readonly: false, relabel: undefined} as const;
	await t.throwsAsync(runAlone(backend, t, ['true'], {mounts: [mount]}), {instanceOf: ShellError, message: 'The host has no /no/such'});
	await t.throwsAsync(runAlone(backend, t, ['true'], {user: {kind: 'name', name: 'no-such-user'}}), {
		instanceOf: ShellError,
		message: "No user is named 'no-such-user'",
	});
	await t.throwsAsync(runAlone(backend, t, ['true'], {limits: {...defaultSpec.limits, memoryKiB: 1024}}), {instanceOf: ShellError, message: /too small/});
});

test('a command that takes more memory than it has is killed, and nothing else of the sandbox', async (t) => {
	const script = 'busybox head -c 200000000 /dev/zero | busybox tail >/dev/null; echo "status $?"';
	const {stdout, status} = await runInSandbox(t, ['sh', '-c', script], {limits: {...defaultSpec.limits, memoryKiB: 64 * 1024, swapKiB: 0}});
	t.deepEqual({stdout, status}, {stdout: 'status 137\n', status: 0});
});
