import {existsSync, mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {stateBase, writeOwnerRecord} from '../../src/backend/guest/state/state-directory.ts';
import {askConsoles, askWait} from '../../src/backend/session/control-client.ts';
import {execInSandbox} from '../../src/backend/session/exec-in-sandbox.ts';
import {findSandbox, type FoundSandbox} from '../../src/backend/session/find-sandbox.ts';
import {destroySandbox, stopSandbox} from '../../src/backend/session/stop-sandbox.ts';
import {openConnection} from '../../src/backend/libvirt/index.ts';
import {startKeptSandbox} from '../../src/backend/sandbox.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {rootCaller, silentVoice} from '../helpers/run-sandbox.ts';

const keeper = [process.execPath, ...process.execArgv, new URL('../helpers/keep-sandbox.js', import.meta.url).pathname];
const request = {command: ['true'], tty: false, size: undefined, cwd: undefined, environment: {}, user: undefined, caller: {cwd: '/', environment: {}}};

async function keep(name: string): Promise<FoundSandbox> {
	await startKeptSandbox({...defaultSpec, uri: testLibvirtd().uri, name, command: ['sleep', '300']}, {voice: silentVoice, caller: rootCaller}, keeper);
	return findSandbox(name, rootCaller);
}

/** A kept sandbox whose keeper is stopped, so that it accepts connections and never answers. */
async function keepStopped(t: ExecutionContext): Promise<FoundSandbox> {
	const found = await keep(`stopped-owner-${process.pid}`);
	process.kill(found.record.owner.pid, 'SIGSTOP');
	t.teardown(async () => {
		process.kill(found.record.owner.pid, 'SIGCONT');
		await destroySandbox(found, {caller: rootCaller});
	});
	return found;
}

test('who asks a stopped owner can give up', async (t) => {
	const found = await keepStopped(t);
	const options = () => ({signal: AbortSignal.timeout(200)});
	const questions = [
		() => execInSandbox(found, request, options()),
		() => askConsoles(found.statePath, options()),
		() => askWait(found.statePath, options()),
	];
	for (const ask of questions) {
		const error = await t.throwsAsync(async () => ask());
		t.is(error?.name, 'TimeoutError');
	}
});

test('a sandbox of another host or pid namespace is not said to be stopped', async (t) => {
	const name = `elsewhere-${process.pid}`;
	const statePath = join(stateBase(rootCaller), '0e15e3e4');
	mkdirSync(statePath, {recursive: true, mode: 0o700});
	t.teardown(() => rmSync(statePath, {recursive: true, force: true}));
	const [owner, {uri}] = [{pid: 999_999, startTime: '1'}, testLibvirtd()];
	const uuid = '0e15e3e4-0000-4000-8000-000000000000';
	writeOwnerRecord(statePath, {owner, namespace: 'another', uri, name, uuid, lifetime: 'keep', tty: false, temporary: []});
	const error = await t.throwsAsync(async () => stopSandbox(findSandbox(name, rootCaller), 1000, {caller: rootCaller}));
	t.is(error?.message, `The owner of '${name}' (process 999999) is on another host, or in another pid namespace`);
	t.false(existsSync(join(statePath, 'destroyed')));
});

test('a sandbox that was ended, of whose owner another pid namespace alone knows, is said to have ended', async (t) => {
	const name = `far-owner-${process.pid}`;
	const found = await keep(name);
	const {record, statePath} = found;
	t.teardown(async () => {
		writeOwnerRecord(statePath, record);
		await destroySandbox(found, {caller: rootCaller});
	});
	process.kill(record.owner.pid, 'SIGKILL');
	writeOwnerRecord(statePath, {...record, namespace: 'another'});
	const error = await t.throwsAsync(async () => destroySandbox(findSandbox(name, rootCaller), {caller: rootCaller}));
	t.regex(error?.message ?? '', new RegExp(`^'${name}' has ended, and its owner \\(process ${record.owner.pid}\\), of another host or pid namespace, `));
	const connection = await openConnection(record.uri, {});
	t.teardown(async () => connection.close());
	await t.throwsAsync(async () => connection.lookupByUuid(record.uuid, {timeoutMs: 10_000}), {message: /Domain not found|no domain/i});
});
