// A terminal whose reader was killed, or whose keeper was, has nothing left for the next command on it.
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {rootCaller} from '../helpers/caller.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];

testWithLibvirtd('the next command on a terminal gets nothing of one whose reader or keeper was killed', async (t) => {
	const name = `left-${process.pid}`;
	await runProgram(sandbox, ['-c', testLibvirtd().uri, '--keep', '--consoles', '1', '--name', name, '--', 'sleep', '600']);
	t.teardown(() => runProgram(shell, ['-q', '-c', testLibvirtd().uri, `destroy ${name}`]));
	const run = (...command: readonly string[]) => {
		const terminal = openTerminal(sandbox, ['--exec', name, '--', ...command]);
		t.teardown(() => terminal.close());
		return terminal;
	};
	for (const whose of ['reader', 'keeper']) {
		const first = run('sh', '-c', 'while :; do echo tick; sleep 0.02; done');
		await first.see('tick');
		process.kill(whose === 'reader' ? first.pid : findSandbox(name, rootCaller).record.owner.pid, 'SIGKILL');
		await first.exit();
		let next = run('echo', 'mine');
		// Its only terminal may still be being emptied.
		while ((await next.exit()) === 125) next = run('echo', 'mine');
		t.is(next.output().replace(/^virt-sandbox: warning: .*\r\n/, ''), 'mine\r\n', whose);
	}
});
