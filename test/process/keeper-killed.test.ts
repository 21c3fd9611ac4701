// A kept sandbox whose keeper was killed runs on. What works without the keeper does, and what does not says so at once.
import {findSandbox} from '../../src/backend/sandbox-control.ts';
import {rootCaller} from '../helpers/caller.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram, startProgram, type Ended} from '../helpers/run-program.ts';

const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];
const lost =
	/The process that kept the sandbox was killed \(\d+\): it takes no command, and the status of its own is lost\n +hint: `log` still reads what it said; `stop` or `destroy` ends it/;

testWithLibvirtd('a killed keeper is told at once, and stop, destroy and log do without it', async (t) => {
	const uri = ['-c', testLibvirtd().uri];
	const name = `unkept-${process.pid}`;
	const call = (line: string): Promise<Ended> => runProgram(shell, ['-q', ...uri, line]);
	for (const end of ['stop', 'destroy']) {
		await runProgram(sandbox, [...uri, '--keep', '--name', name, '--', 'sh', '-c', 'echo hello; exec sleep 600']);
		const running = startProgram(sandbox, ['--exec', name, '--', 'sh', '-c', 'echo begun; exec sleep 600'], {input: ''});
		const followed = startProgram(shell, ['-q', ...uri, `log ${name} --follow`], {input: ''});
		await Promise.all([running.says('begun'), followed.says('hello')]);
		process.kill(findSandbox(name, rootCaller).record.owner.pid, 'SIGKILL');

		t.like(await running.ended, {status: 125, stdout: 'begun\n'});
		const {status, stderr} = await followed.ended;
		t.is(status, 3);
		t.regex(stderr, /nobody takes down any more what it says/);
		const begun = performance.now();
		for (const asked of [runProgram(sandbox, ['--exec', name, '--', 'true']), call(`wait ${name}`), call(`exec ${name} true`)]) {
			t.regex((await asked).stderr, lost);
		}
		t.true(performance.now() - begun < 15_000);
		t.deepEqual(await call(`log ${name} stdout`), {status: 0, stdout: 'hello\n', stderr: ''});
		t.deepEqual(await call(`${end} ${name}`), {status: 0, stdout: '', stderr: ''});
	}
});
