import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {once} from 'node:events';
import {setTimeout as wait} from 'node:timers/promises';
import {buffer} from 'node:stream/consumers';
import type {ExecutionContext} from 'ava';
import {openConnection} from '../../src/backend/libvirt/index.ts';
import {isControllerOf} from '../../src/backend/container/controller.ts';
import {cleanLeftovers, startSandbox} from '../../src/backend/sandbox.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {listAllProcesses} from '../helpers/all-processes.ts';
import {domainCgroups} from '../helpers/cgroups.ts';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {rootCaller, runInSandbox, silentVoice, startTestSandbox} from '../helpers/run-sandbox.ts';

const holder = new URL('../helpers/hold-sandbox.js', import.meta.url).pathname;

/** Waits until a condition holds; fails after 30 seconds. */
async function waitUntil(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
	const until = performance.now() + 30_000;
	while (!(await condition())) {
		if (performance.now() > until) {
			throw new Error(`Still not: ${what}`);
		}
		await wait(20);
	}
}

let holdCount = 0;

/** A process of its own that runs a sandbox, under a name that nobody else has; tells its id. */
async function holdSandbox(
	t: ExecutionContext,
	uri: string,
	command: readonly string[],
): Promise<{readonly pid: number; readonly id: string; readonly name: string; readonly output: Promise<string>; kill(signal: NodeJS.Signals): Promise<void>}> {
	const child = spawn(process.execPath, [...process.execArgv, holder, uri, `held-${process.pid}-${++holdCount}`, ...command], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const exited = once(child, 'exit');
	t.teardown(async () => {
		child.kill('SIGCONT');
		child.kill('SIGKILL');
		await exited;
	});
	const [first] = (await once(child.stdout, 'data')) as [Buffer];
	const [, id = '', name = '', rest = ''] = /^(\w{8}) (\S+)\n([^]*)$/.exec(first.toString()) ?? [];
	t.regex(id, /^[0-9a-f]{8}$/);
	return {
		pid: child.pid ?? 0,
		id,
		name,
		output: buffer(child.stdout).then((more) => rest + more.toString()),
		async kill(signal) {
			child.kill(signal);
			if (signal === 'SIGKILL') {
				await exited;
			}
		},
	};
}

async function domainNames(uri: string): Promise<readonly string[]> {
	const connection = await openConnection(uri);
	try {
		return (await connection.listAllDomains()).map(({name}) => name);
	} finally {
		await connection.close();
	}
}

test('a client that is killed takes its domain along, and the next run its state directory', async (t) => {
	const {uri} = testLibvirtd();
	const held = await holdSandbox(t, uri, ['sleep', '300']);
	await held.kill('SIGKILL');
	await waitUntil(async () => !(await domainNames(uri)).includes(held.name), 'the domain is gone');
	await runInSandbox(t, ['true']);
	await waitUntil(() => !existsSync(`/run/virt-sandbox/${held.id}`), 'its state directory is gone');
	t.pass();
});

test('clean removes what a killed client left', async (t) => {
	const held = await holdSandbox(t, testLibvirtd().uri, ['sleep', '300']);
	await held.kill('SIGKILL');
	// The start of another test may have come first and be at it.
	await cleanLeftovers({caller: rootCaller});
	const isGone = async (): Promise<boolean> => !existsSync(`/run/virt-sandbox/${held.id}`) && !(await domainNames(testLibvirtd().uri)).includes(held.name);
	await waitUntil(isGone, 'the sandbox is gone');
	t.pass();
});

test('a client that stands still loses nothing', async (t) => {
	const held = await holdSandbox(t, testLibvirtd().uri, ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do seq 1 20000; sleep 0.2; done']);
	await held.kill('SIGSTOP');
	await wait(Number(process.env['VIRT_SANDBOX_TEST_STOP_MS'] ?? 3000));
	await held.kill('SIGCONT');
	const output = await held.output;
	t.is(output.trim().split('\n').length, 160_001);
	t.regex(output, /exit 0\n$/);
});

test('a command goes on and tells its status when libvirtd dies, and nothing stays', async (t) => {
	const daemon = await startOwnLibvirtd(t);
	const sandbox = await startSandbox(
		{...defaultSpec, uri: daemon.uri, command: ['sh', '-c', 'read line; echo "got $line"; exit 7']},
		{voice: silentVoice, caller: rootCaller},
	);
	const pid = controllerOf(sandbox.name);
	process.kill(daemon.pid, 'SIGKILL');
	await waitUntil(() => !existsSync(daemon.socket) || !existsSync(`/proc/${daemon.pid}/exe`), 'the daemon is dead');
	sandbox.session.stdin.end('input\n');
	t.is((await buffer(sandbox.session.stdout)).toString(), 'got input\n');
	t.is(await sandbox.session.exited, 7);
	await sandbox.close();
	t.false(existsSync(`/run/virt-sandbox/${sandbox.id}`));
	t.is(controllerOf(sandbox.name), undefined);
	t.deepEqual(domainCgroups(new RegExp(`^lxc-${pid}-`)), []);
});

test('a libvirtd that is told to end takes the sandbox along: that is said, and nobody waits for it', async (t) => {
	const daemon = await startOwnLibvirtd(t);
	const sandbox = await startSandbox({...defaultSpec, uri: daemon.uri, command: ['sleep', '300']}, {voice: silentVoice, caller: rootCaller});
	const pid = controllerOf(sandbox.name);
	process.kill(daemon.pid, 'SIGTERM');
	// libvirtd 11.3 hangs from here on.
	await t.throwsAsync(sandbox.session.exited, {message: 'libvirtd was stopped or restarted, and ended the sandbox'});
	const begun = performance.now();
	await sandbox.close();
	t.true(performance.now() - begun < 5000);
	t.false(existsSync(`/run/virt-sandbox/${sandbox.id}`));
	t.is(controllerOf(sandbox.name), undefined);
	t.deepEqual(domainCgroups(new RegExp(`^lxc-${pid}-`)), []);
});

test('destroy works when libvirtd is dead', async (t) => {
	const daemon = await startOwnLibvirtd(t);
	const sandbox = await startSandbox({...defaultSpec, uri: daemon.uri, command: ['sleep', '300']}, {voice: silentVoice, caller: rootCaller});
	process.kill(daemon.pid, 'SIGKILL');
	await sandbox.destroy();
	t.is(await sandbox.session.exited, 137);
	await sandbox.close();
	t.is(controllerOf(sandbox.name), undefined);
	t.false(existsSync(`/run/virt-sandbox/${sandbox.id}`));
});

test('libvirtd and client both killed: clean ends the container all the same', async (t) => {
	const daemon = await startOwnLibvirtd(t);
	const held = await holdSandbox(t, daemon.uri, ['sleep', '300']);
	process.kill(daemon.pid, 'SIGKILL');
	await held.kill('SIGKILL');
	// The start of another test may have come first and be at it.
	await cleanLeftovers({caller: rootCaller});
	await waitUntil(() => controllerOf(held.name) === undefined && !existsSync(`/run/virt-sandbox/${held.id}`), 'the container is gone');
	t.pass();
});

test('libvirtd survives the ends of guests that had not read their terminals', async (t) => {
	const daemon = await startOwnLibvirtd(t);
	const end = async (index: number): Promise<void> => {
		const command = index % 2 === 0 ? ['sleep', '300'] : ['sleep', '0.3'];
		const sandbox = await startSandbox({...defaultSpec, uri: daemon.uri, tty: true, command}, {voice: silentVoice, caller: rootCaller});
		sandbox.session.exited.catch(() => undefined);
		sandbox.session.stdout.resume();
		sandbox.session.stdin.write('unread\r'.repeat(1000));
		if (index % 2 === 0) {
			await sandbox.destroy();
		}
		await sandbox.close();
	};
	await Promise.all(Array.from({length: 6}, (_, index) => end(index)));
	t.deepEqual(await domainNames(daemon.uri), []);
});

test('a controller that is killed is the end of the sandbox', async (t) => {
	const sandbox = await startTestSandbox(t, {command: ['sleep', '300']});
	const pid = controllerOf(sandbox.name);
	t.truthy(pid);
	process.kill(pid ?? 0, 'SIGKILL');
	await t.throwsAsync(sandbox.session.exited);
	await sandbox.close();
	t.false(existsSync(`/run/virt-sandbox/${sandbox.id}`));
});

/** The pid of the libvirt_lxc of a domain, which is ours to see though its libvirtd may be dead. */
function controllerOf(name: string): number | undefined {
	return listAllProcesses().find((each) => isControllerOf(each, name))?.pid;
}
