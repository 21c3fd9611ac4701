import {spawnSync} from 'node:child_process';
import {findSandboxes} from '../../src/backend/session/find-sandbox.ts';
import {rootCaller} from '../helpers/caller.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

testWithLibvirtd('a kept sandbox whose name could not be told does not stay', (t) => {
	const name = `unsaid-${process.pid}`;
	const words = ['-c', testLibvirtd().uri, '--keep', '--name', name, '--', 'sleep', '600'];
	const {status, stderr} = spawnSync('sh', ['-c', '"$@" >/dev/full', 'sh', programPath('virt-sandbox'), ...words], {encoding: 'utf8', timeout: 60_000});
	t.deepEqual({status, stderr}, {status: 125, stderr: 'virt-sandbox: cannot write standard output: no space left on device\n'});
	t.false(findSandboxes(rootCaller).some(({record}) => record.name === name));
});

for (const [status, reason, command] of [
	[127, 'no-such-program: not found', 'no-such-program'],
	[126, '/etc/passwd: not executable', '/etc/passwd'],
] as const) {
	testWithLibvirtd(`a sandbox that would be kept and cannot begin its command ends as a run does, with ${status}`, async (t) => {
		const name = `unbegun-${status}-${process.pid}`;
		const words = ['-c', testLibvirtd().uri, '--keep', '--name', name, '--', command];
		t.deepEqual(await runProgram(programPath('virt-sandbox'), words), {
			status,
			stdout: '',
			stderr: `virt-sandbox: Sandbox '${name}' cannot run its command: ${reason}\n  hint: Its PATH and files are those that the sandbox shows.\n`,
		});
	});
}

testWithLibvirtd('signals of users do nothing to the keeper of a sandbox', async (t) => {
	const name = `signalled-${process.pid}`;
	const [program, uri] = [programPath('virt-sandbox'), testLibvirtd().uri];
	t.like(await runProgram(program, ['-c', uri, '--keep', '--name', name, '--', 'sleep', '600']), {status: 0});
	t.teardown(() => runProgram(programPath('virt-sandbox-shell'), ['-c', uri, `destroy ${name}`]));
	const keeper = (): number | undefined => findSandboxes(rootCaller).find(({record}) => record.name === name)?.record.owner.pid;
	const before = keeper() ?? 0;
	for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.kill(before, signal);
	t.deepEqual(await runProgram(program, ['-c', uri, '--exec', name, '--', 'echo', 'here']), {status: 0, stdout: 'here\n', stderr: ''});
	t.is(keeper(), before);
});
