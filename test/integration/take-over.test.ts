// What a new keeper has in hand of a container whose own was killed: terminals, the root shell, limits.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {findController, isControllerOf} from '../../src/backend/container/controller.ts';
import {ifThere} from '../../src/backend/host/files/if-there.ts';
import {readBasis, writeBasis} from '../../src/backend/keep/basis.ts';
import {askConsole} from '../../src/backend/session/ask-console.ts';
import {readLog} from '../../src/backend/session/capture/read-log.ts';
import {askConsoles, askWait} from '../../src/backend/session/control-client.ts';
import {execInSandbox} from '../../src/backend/session/exec-in-sandbox.ts';
import {findSandbox, type FoundSandbox} from '../../src/backend/session/find-sandbox.ts';
import {replaceLostKeeper} from '../../src/backend/sandbox.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {listAllProcesses} from '../helpers/all-processes.ts';
import {container} from '../helpers/backends.ts';
import {makeDevice, runProgram} from '../helpers/block-device.ts';
import {exec, finishSession, keep, keeper, options, readUntil, request, waitUntil, waitUntilGone} from '../helpers/kept.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {rootCaller, silentVoice, type SpecChanges} from '../helpers/run-sandbox.ts';

async function killKeeper({record}: FoundSandbox): Promise<void> {
	process.kill(record.owner.pid, 'SIGKILL');
	await waitUntil(() => !findSandbox(record.name, rootCaller).isOwned, 'the keeper has gone');
}

function replaceKilled({record}: FoundSandbox): Promise<void> {
	return replaceLostKeeper(findSandbox(record.name, rootCaller), {...options, voice: silentVoice}, keeper);
}

async function replace(found: FoundSandbox): Promise<void> {
	await killKeeper(found);
	await replaceKilled(found);
}

function keepOne(t: ExecutionContext, changes: SpecChanges): Promise<FoundSandbox> {
	return keep(t, container, changes);
}

test('of several that take a container over one keeps it, also where whoever asked for it has given up', async (t) => {
	const found = await keepOne(t, {command: ['sleep', '600']});
	await killKeeper(found);
	const givenUp = replaceLostKeeper(findSandbox(found.record.name, rootCaller), {...options, voice: silentVoice, signal: AbortSignal.timeout(20)}, keeper);
	await t.throwsAsync(givenUp);
	await Promise.all([replaceKilled(found), replaceKilled(found)]);
	await waitUntil(() => keepersOf(found).length === 1, 'one keeper is left');
	t.deepEqual(keepersOf(found), [findSandbox(found.record.name, rootCaller).record.owner.pid]);
	for (const word of ['one', 'two', 'three', 'four']) t.is((await exec(found, ['echo', word])).stdout, `${word}\n`);
	t.is(keepersOf(found).length, 1);
});

/** Who has something open of what a sandbox has on this host, but its own processes. */
function keepersOf({statePath}: FoundSandbox): number[] {
	const has = (pid: number): boolean =>
		readdirSync(`/proc/${pid}/fd`).some((descriptor) => ifThere(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.startsWith(statePath) === true);
	return listAllProcesses()
		.filter(({pid, words}) => words.some((word) => word.endsWith('keep-sandbox.js')) && ifThere(() => has(pid)) === true)
		.map(({pid}) => pid);
}

test('the terminal of its command goes on, and ends with its mark', async (t) => {
	const found = await keepOne(t, {tty: true, command: ['sh', '-c', 'stty -echo; echo ready; read line; echo "got $line"; exit 5']});
	const log = readLog(found.statePath, {follow: true, console: 'tty'});
	t.like((await log.next()).value, {text: 'ready'});
	await replace(found);
	const waiting = askWait(found.statePath, options);
	const terminal = await askConsole(found.statePath, 'tty', options);
	terminal.stdin.write('hello\n');
	await readUntil(terminal, 'got hello');
	t.like(await waiting, {status: 5});
	await waitUntilGone(found);
});

test('the root shell goes on, and another one begins when it has ended', async (t) => {
	const found = await keepOne(t, {command: ['sleep', '600'], consoles: {...defaultSpec.consoles, shell: true}});
	const before = await askConsole(found.statePath, 'shell', options);
	before.stdin.write('kept=there\n');
	await readUntil(before, 'there');
	await replace(found);
	const after = await askConsole(found.statePath, 'shell', options);
	after.stdin.write('echo "is $kept"; sleep 1; exit\n');
	await readUntil(after, 'is there');
	after.stdin.write('echo "again <$kept>"\n');
	t.true((await readUntil(after, 'again <>')).includes('again <>'));
});

test('what ended while nobody kept it leaves its console, and the root shell begins anew', async (t) => {
	const consoles = {...defaultSpec.consoles, shell: true, spare: 1};
	const found = await keepOne(t, {command: ['sleep', '600'], consoles});
	const marked = (mark: string): number[] => listAllProcesses().flatMap(({pid, words}) => (words[0] === 'sleep' && words[1] === mark ? pid : []));
	const [ofTerminal, ofShell] = [`6${process.pid}.2`, `6${process.pid}.1`];
	const terminal = await execInSandbox(found, request(['sleep', ofTerminal], {tty: true}), options);
	terminal.exited.catch(() => undefined);
	const before = await askConsole(found.statePath, 'shell', options);
	before.stdin.write(`exec sleep ${ofShell}\n`);
	for (const mark of [ofTerminal, ofShell]) await waitUntil(() => marked(mark).length === 1, `${mark} runs`);
	await killKeeper(found);
	for (const mark of [ofTerminal, ofShell]) {
		for (const pid of marked(mark)) process.kill(pid, 'SIGKILL');
		await waitUntil(() => marked(mark).length === 0, `${mark} has ended`);
	}
	await replaceKilled(found);
	const isFree = async (): Promise<boolean> => (await askConsoles(found.statePath, options)).some(({name, state}) => name === 'exec-1' && state === 'free');
	await waitUntil(isFree, 'the spare console is free');
	t.regex((await finishSession(await execInSandbox(found, request(['id', '-u'], {tty: true}), options))).stdout, /^0\r\n/);
	const after = await askConsole(found.statePath, 'shell', options);
	after.stdin.write('echo "again <$((40 + 2))>"\n');
	t.true((await readUntil(after, 'again <42>')).includes('again <42>'));
});

test('a console that another user has had is still given to nobody else', async (t) => {
	const found = await keepOne(t, {command: ['sleep', '600'], consoles: {...defaultSpec.consoles, spare: 1}});
	const onTerminal = (user: string) => execInSandbox(found, request(['id', '-u'], {tty: true, user}), options);
	const first = await onTerminal('nobody');
	t.regex((await finishSession(first)).stdout, /^65534\r\n/);
	await replace(found);
	await t.throwsAsync(onTerminal('daemon'), {message: /in use, or have been another user’s/});
	t.regex((await finishSession(await onTerminal('nobody'))).stdout, /^65534\r\n/);
});

test('its time is over when it would have been, and its limit of processes holds', async (t) => {
	const hourMs = 3_600_000;
	const found = await keepOne(t, {command: ['sleep', '600'], limits: {...defaultSpec.limits, pids: 20, timeoutMs: hourMs}});
	await killKeeper(found);
	// As if it had begun an hour ago, but for some seconds.
	const basis = join(found.statePath, 'basis');
	const written = JSON.parse(readFileSync(basis, 'utf8')) as {readonly begunMs: number};
	writeFileSync(basis, JSON.stringify({...written, begunMs: written.begunMs - hourMs + 4000}), {mode: 0o600});
	await replaceKilled(found);
	const controller = listAllProcesses().find((each) => isControllerOf(each, found.record.name));
	t.is(findController(controller?.pid ?? 0, found.record.name)?.findProcessGroup()?.limit, 20);
	t.like(await askWait(found.statePath, options), {status: 124});
	await waitUntilGone(found);
});

test('one that fails leaves the container as it is, for the next', async (t) => {
	const found = await keepOne(t, {command: ['sleep', '600']});
	const log = join(found.statePath, 'log');
	renameSync(log, `${log}.away`);
	writeFileSync(log, '');
	await t.throwsAsync(replace(found));
	await waitUntil(() => !findSandbox(found.record.name, rootCaller).isOwned, 'who failed has gone');
	rmSync(log);
	renameSync(`${log}.away`, log);
	await replaceKilled(found);
	t.deepEqual(await exec(found, ['echo', 'there']), {status: 0, stdout: 'there\n', stderr: ''});
});

test('what is noted for that has no more of the caller’s environment than commands get, and goes with the sandbox', async (t) => {
	const found = await keepOne(t, {command: ['sleep', '600'], environment: {GIVEN: 'a value'}});
	const basis = readFileSync(join(found.statePath, 'basis'), 'utf8');
	t.true(basis.includes('a value'));
	t.false(basis.includes('stays at home'));
	// Where nothing can be written, that is told, and is the fault of nothing else.
	const told: string[] = [];
	const {plan, caller} = readBasis(found.statePath);
	const written = {plan, caller, name: found.record.name, state: {id: found.id, path: found.statePath, root: '', io: ''}};
	mkdirSync(join(found.statePath, 'basis.new'));
	writeBasis(written, {...silentVoice, notice: (_level, code) => void told.push(code)});
	t.deepEqual(told, ['no-takeover']);
	t.is(readFileSync(join(found.statePath, 'basis'), 'utf8'), basis);
	await replace(found);
	t.deepEqual(await exec(found, ['sh', '-c', 'echo "$GIVEN"']), {status: 0, stdout: 'a value\n', stderr: ''});
	process.kill(findSandbox(found.record.name, rootCaller).record.owner.pid, 'SIGTERM');
	await waitUntilGone(found);
	t.false(existsSync(found.statePath));
	await t.throwsAsync(replaceLostKeeper({...found, isOwned: false}, {...options, voice: silentVoice}, keeper), {
		code: 'not-found',
		message: `Sandbox '${found.record.name}' has ended`,
	});
});

test('pipes that a killed keeper made for a command, and never wrote down, are no obstacle to the next', async (t) => {
	const found = await keepOne(t, {command: ['sleep', '600']});
	execFileSync(
		'mkfifo',
		['2.in', '2.out', '2.err'].map((name) => join(found.statePath, 'io', name)),
	);
	await replace(found);
	t.like(await exec(found, ['echo', 'well']), {status: 0, stdout: 'well\n', stderr: ''});
});

test('a new keeper has the device again that its container writes to', async (t) => {
	const {device, place} = makeDevice(t);
	const found = await keepOne(t, {command: ['sleep', '600'], mounts: [parseMount(`host-image:/mnt=${device}`)]});
	const mounts = (): void => {
		runProgram('mount', device, place);
		runProgram('umount', place);
	};
	t.throws(mounts);
	await replace(found);
	t.throws(mounts);
});
