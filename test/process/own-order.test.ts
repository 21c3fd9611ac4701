// Whoever waits for a command that `stop` or `destroy` ends gets a status, never a fault of ours.
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {rootCaller} from '../helpers/caller.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram, startProgram, type Running} from '../helpers/run-program.ts';

const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];
const stubborn = ['sh', '-c', 'trap "" TERM; echo begun; while :; do sleep 0.2; done'];
const killed = {status: 137, stdout: 'begun\n', stderr: ''};

async function startStubborn(t: ExecutionContext, words: readonly string[]): Promise<Running> {
	const running = startProgram(sandbox, [...words, '--', ...stubborn], {input: ''});
	t.teardown(() => running.child.kill('SIGKILL'));
	await running.says('begun');
	return running;
}

/** With a further command beside it, which has the same end. */
async function orderEnd(t: ExecutionContext, words: readonly string[], {name, order}: {readonly name: string; readonly order: string}): Promise<void> {
	const first = await startStubborn(t, [...words, '--name', name]);
	const further = await startStubborn(t, ['--exec', name]);
	const {status} = await runProgram(shell, ['-q', order]);
	t.is(status, 0);
	t.deepEqual(await Promise.all([first.ended, further.ended]), [killed, killed]);
}

testWithLibvirtd('a container that is stopped or destroyed tells 137', async (t) => {
	const uri = ['-c', testLibvirtd().uri];
	const name = `order-${process.pid}`;
	await orderEnd(t, uri, {name, order: `stop ${name} --time 0.2`});
	await orderEnd(t, uri, {name, order: `destroy ${name}`});
});

testWithLibvirtd('it does where its owner cannot be asked, and libvirt ends it', async (t) => {
	const name = `order-deaf-${process.pid}`;
	const running = await startStubborn(t, ['-c', testLibvirtd().uri, '--name', name]);
	rmSync(join(findSandbox(name, rootCaller).statePath, 'control'), {force: true});
	t.is((await runProgram(shell, ['-q', `destroy ${name}`])).status, 0);
	t.deepEqual(await running.ended, killed);
});

testWithMachines('a machine that is destroyed tells 137', async (t) => {
	const name = `order-machine-${process.pid}`;
	await orderEnd(t, ['-c', testMachineUri(), '--accel', 'tcg'], {name, order: `destroy ${name}`});
});
