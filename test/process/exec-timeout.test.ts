// A sandbox that does not begin a further command: its time limit counts from the asking.
import {findSandbox} from '../../src/backend/sandbox-control.ts';
import {rootCaller} from '../helpers/caller.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
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
