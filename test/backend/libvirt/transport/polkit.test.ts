import {chmod, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {ExecutionContext} from 'ava';
import {ConnectFailed, LibvirtError, openConnection, parseUri} from '../../../../src/backend/libvirt/index.ts';
import {retryWithPolkitAgent} from '../../../../src/backend/libvirt/transport/polkit.ts';
import {isCall, payload, startFakeLibvirtd, type FakeLibvirtd} from '../../../helpers/fake-libvirtd.ts';
import {openTerminal} from '../../../helpers/open-terminal.ts';

// polkit itself needs a system bus, which the machines of the tests lack: the daemon and the agent are fakes.

const unavailable = 94;
const cancelled = 79;
const denied = 45;

/** A daemon that wants polkit: before each AUTH_POLKIT has an answer OPEN is refused. `answers`: error numbers, or 0 for consent; the last one stays. */
async function startDaemon(t: ExecutionContext, answers: readonly number[]): Promise<FakeLibvirtd> {
	let count = 0;
	const consented = new Set<number>();
	const daemon = await startFakeLibvirtd((call) => {
		if (isCall(66)(call)) {
			call.reply(payload((writer) => writer.array([2], 1, (type) => writer.signed(type))));
		} else if (isCall(70)(call)) {
			const code = answers[Math.min(count++, answers.length - 1)] ?? 0;
			if (code === 0) {
				consented.add(call.client);
				call.reply(payload((writer) => writer.signed(1)));
			} else {
				call.fail(code, 'no');
			}
		} else if (isCall(1)(call) && !consented.has(call.client)) {
			call.fail(39, 'authentication required');
		}

		return false;
	});
	t.teardown(daemon.stop);
	return daemon;
}

test('a user whom polkit lets in is asked nothing, and nothing is opened before, which libvirtd would log', async (t) => {
	const daemon = await startDaemon(t, [0]);
	const connection = await openConnection(daemon.uri, {batch: true});
	t.deepEqual(
		daemon.calls.map(({header}) => header.procedure),
		[66, 70, 1],
	);
	await connection.close();
});

const hint = 'Become a member of the group libvirt and log in anew, or have a polkit rule made that allows org.libvirt.unix.manage';

for (const [name, code, message] of [
	['polkit does not let in', denied, /^polkit does not let this user use test:\/\/\/default\?socket=.*$/],
	['polkit has to ask for, in batch,', unavailable, /^polkit has to ask for consent to use test:.*, and the terminal is in use$/],
	['polkit was not answered about', cancelled, /^polkit's question whether test:.* may be used was cancelled$/],
] as const) {
	test(`a user whom ${name} is told what to do`, async (t) => {
		const daemon = await startDaemon(t, [code]);
		const error = await t.throwsAsync(openConnection(daemon.uri, {batch: true}), {instanceOf: ConnectFailed, message});
		t.like(error, {problem: 'auth', hint});
		t.is(daemon.calls.filter(isCall(70)).length, 1);
	});
}

test('over ssh the other host is where to become a member', async (t) => {
	const daemon = await startDaemon(t, [unavailable]);
	const directory = await mkdtemp(join(tmpdir(), 'polkit-'));
	t.teardown(() => rm(directory, {recursive: true, force: true}));
	const socket = daemon.uri.replace(/.*socket=/, '');
	await makeProgram(join(directory, 'ssh'), `exec nc -q0 -U ${socket}`);
	const error = await t.throwsAsync(openConnection(`test+ssh://far/default?command=${directory}/ssh`, {batch: true}), {instanceOf: ConnectFailed});
	t.regex(error.message, /and it cannot ask over this connection$/);
	t.regex(error.hint ?? '', /^Become a member of the group libvirt on far and/);
});

async function makeProgram(path: string, script: string): Promise<void> {
	await writeFile(path, `#!/bin/sh\n${script}\n`);
	await chmod(path, 0o755);
}

/** Opens the daemon from a process on a terminal with a pkttyagent that is this script; says how it went. */
async function openOnTerminal(
	t: ExecutionContext,
	daemon: FakeLibvirtd,
	agent: string | undefined,
): Promise<{readonly terminal: ReturnType<typeof openTerminal>; readonly directory: string}> {
	t.timeout(60_000);
	const directory = await mkdtemp(join(tmpdir(), 'polkit-'));
	t.teardown(() => rm(directory, {recursive: true, force: true}));
	if (agent !== undefined) {
		await makeProgram(join(directory, 'pkttyagent'), agent.replaceAll('DIRECTORY', directory));
	}

	const client = new URL('../../../../src/backend/libvirt/index.js', import.meta.url).href;
	await writeFile(
		join(directory, 'open.mjs'),
		`const {openConnection} = await import(${JSON.stringify(client)});
		try {
			const connection = await openConnection(${JSON.stringify(daemon.uri)}, {timeoutMs: 5000});
			console.log('process', process.pid, 'is in');
			await connection.close();
		} catch (error) {
			console.log('refused:', error.message.replace(/test:[^\\s,]*/, 'it'));
		}`,
	);
	const terminal = openTerminal(process.execPath, [join(directory, 'open.mjs')], {
		columns: 200,
		environment: {...process.env, PATH: agent === undefined ? directory : `${directory}:${process.env['PATH'] ?? ''}`},
	});
	t.teardown(() => terminal.close());
	return {terminal, directory};
}

/** As pkttyagent: tells by its pipe that it is ready, and stays. */
const readyAgent = 'echo "$*" >DIRECTORY/words; echo asking $$ >/dev/tty; exec 3>&-; trap "echo ended >DIRECTORY/end; exit" TERM; while :; do sleep 0.05; done';

test('where polkit must ask, pkttyagent does it on the terminal, and ends', async (t) => {
	const daemon = await startDaemon(t, [unavailable, 0]);
	const {terminal, directory} = await openOnTerminal(t, daemon, readyAgent);
	await terminal.see(/asking \d+\nprocess \d+ is in/);
	await terminal.exit();
	t.is(await readFile(join(directory, 'words'), 'utf8'), `--process ${terminal.pid} --notify-fd 3 --fallback\n`);
	t.is(daemon.calls.filter(isCall(70)).length, 2);
	await waitUntilGone(Number(/asking (\d+)/.exec(terminal.output())?.[1]));
});

test('a wrong password may be given again', async (t) => {
	const daemon = await startDaemon(t, [unavailable, denied, 0]);
	const {terminal} = await openOnTerminal(t, daemon, readyAgent);
	await terminal.see(/is in/);
	t.is(await terminal.exit(), 0);
});

test('three wrong passwords are a refusal', async (t) => {
	const daemon = await startDaemon(t, [unavailable, denied]);
	const {terminal} = await openOnTerminal(t, daemon, readyAgent);
	await terminal.see('refused: polkit does not let this user use it');
	t.is(await terminal.exit(), 0);
	t.is(daemon.calls.filter(isCall(70)).length, 4);
});

test('a dismissed question is not asked again', async (t) => {
	const daemon = await startDaemon(t, [unavailable, cancelled]);
	const {terminal} = await openOnTerminal(t, daemon, readyAgent);
	await terminal.see("refused: polkit's question whether it may be used was cancelled");
	t.is(await terminal.exit(), 0);
});

test('a pkttyagent that fails is told', async (t) => {
	const daemon = await startDaemon(t, [unavailable]);
	const {terminal} = await openOnTerminal(t, daemon, 'exit 127');
	await terminal.see('refused: polkit has to ask for consent to use it, and nobody answered it');
	t.is(await terminal.exit(), 0);
});

test('a pkttyagent that never gets ready is ended with the wait for it', async (t) => {
	t.timeout(20_000);
	const directory = await mkdtemp(join(tmpdir(), 'polkit-'));
	t.teardown(() => rm(directory, {recursive: true, force: true}));
	await makeProgram(join(directory, 'pkttyagent'), `echo $$ >${directory}/new; mv ${directory}/new ${directory}/pid; exec sleep 1000`);
	const abort = new AbortController();
	const refusal = new LibvirtError({code: unavailable, domain: 60, level: 2, text: 'no agent', procedure: 'AUTH_POLKIT'});
	const waiting = retryWithPolkitAgent(parseUri('test:///default'), refusal, () => Promise.reject(new Error('must not be tried')), {
		batch: false,
		hasTerminal: () => true,
		environment: {...process.env, PATH: `${directory}:${process.env['PATH'] ?? ''}`},
		signal: abort.signal,
		isRefusal: (error) => error instanceof LibvirtError,
	});
	const pid = await waitForPid(join(directory, 'pid'));
	const reason = new Error('enough');
	abort.abort(reason);
	t.is(await t.throwsAsync(waiting), reason);
	await waitUntilGone(pid);
});

test('a host without pkttyagent is told', async (t) => {
	const daemon = await startDaemon(t, [unavailable]);
	const {terminal} = await openOnTerminal(t, daemon, undefined);
	await terminal.see(/refused: polkit has to ask for consent to use it, and pkttyagent is not installed/);
	t.is(await terminal.exit(), 0);
});

async function waitForPid(path: string): Promise<number> {
	for (let attempt = 0; attempt < 500; attempt++) {
		const text = await readFile(path, 'utf8').catch(() => '');
		if (text !== '') {
			return Number(text);
		}

		await wait(10);
	}

	throw new Error(`${path} was never written`);
}

async function waitUntilGone(pid: number): Promise<void> {
	for (let attempt = 0; attempt < 500; attempt++) {
		try {
			process.kill(pid, 0);
		} catch {
			return;
		}

		await wait(10);
	}

	throw new Error(`Process ${pid} is still there`);
}
