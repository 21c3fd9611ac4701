import type {ExecutionContext} from 'ava';
import {askConsoles, askWait} from '../../src/backend/session/control-client.ts';
import {execInSandbox} from '../../src/backend/session/exec-in-sandbox.ts';
import {findSandbox, type FoundSandbox} from '../../src/backend/session/find-sandbox.ts';
import {destroySandbox} from '../../src/backend/session/stop-sandbox.ts';
import {startKeptSandbox} from '../../src/backend/sandbox.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {rootCaller, silentVoice} from '../helpers/run-sandbox.ts';

const keeper = [process.execPath, ...process.execArgv, new URL('../helpers/keep-sandbox.js', import.meta.url).pathname];
const request = {command: ['true'], tty: false, size: undefined, cwd: undefined, environment: {}, user: undefined, caller: {cwd: '/', environment: {}}};

/** A kept sandbox whose keeper is stopped, so that it accepts connections and never answers. */
async function keepStopped(t: ExecutionContext): Promise<FoundSandbox> {
	const name = `stopped-owner-${process.pid}`;
	await startKeptSandbox({...defaultSpec, uri: testLibvirtd().uri, name, command: ['sleep', '300']}, {voice: silentVoice, caller: rootCaller}, keeper);
	const found = findSandbox(name, rootCaller);
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
