// From when a time limit counts: of a further command, which what runs there may hold up, from the asking; else from when the command begins.
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {rootCaller} from '../helpers/caller.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

test('--timeout ends the wait for a further command that does not begin', async (t) => {
	const name = `exec-timeout-${process.pid}`;
	const sandbox = programPath('virt-sandbox');
	t.is((await runProgram(sandbox, ['-c', testLibvirtd().uri, '--keep', '--name', name, '--', 'sleep', '600'])).status, 0);
	const {pid} = findSandbox(name, rootCaller).record.owner;
	process.kill(pid, 'SIGSTOP');
	t.teardown(async () => {
		process.kill(pid, 'SIGCONT');
		await runProgram(programPath('virt-sandbox-shell'), ['-q', `destroy ${name}`]);
	});
	// Who is stopped is waited for 20 s where there is no such limit.
	const limited = await runProgram(sandbox, ['--exec', name, '--timeout', '1', '--', 'true'], {longestMs: 15_000});
	t.deepEqual(limited, {status: 124, stdout: '', stderr: ''});
});

test('a further command is given what is left of its time, and begins in that', async (t) => {
	const name = `exec-in-time-${process.pid}`;
	const sandbox = programPath('virt-sandbox');
	t.is((await runProgram(sandbox, ['-c', testLibvirtd().uri, '--keep', '--name', name, '--', 'sleep', '600'])).status, 0);
	t.teardown(() => runProgram(programPath('virt-sandbox-shell'), ['-q', `destroy ${name}`]));
	t.deepEqual(await runProgram(sandbox, ['--exec', name, '--timeout', '30', '--', 'echo', 'begun']), {status: 0, stdout: 'begun\n', stderr: ''});
	t.deepEqual(await runProgram(sandbox, ['--exec', name, '--timeout', '2', '--', 'sleep', '60']), {status: 124, stdout: '', stderr: ''});
});

testWithMachines('the first command has all of its time, however long the boot has taken', async (t) => {
	const words = ['-c', testMachineUri(), '--accel', 'tcg', '--timing', '--timeout', '0.5', '--', 'sleep', '60'];
	const {status, stderr} = await runProgram(programPath('virt-sandbox'), words);
	t.is(status, 124);
	const [, start = '', command = ''] = /^virt-sandbox: start (\d+) ms, command (\d+) ms/m.exec(stderr) ?? [];
	// An emulated machine takes longer than that to boot.
	t.true(Number(start) > 500, stderr);
	t.true(Number(command) >= 500, stderr);
});
