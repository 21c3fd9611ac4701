// A libvirtd that does not answer any more when the command ends.
import {startOwnLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, startProgram} from '../helpers/run-program.ts';

const left = /libvirtd does not answer: what is left of 'sandbox-\d+' is removed later/;

testWithLibvirtd('the status of a command is told although libvirtd has stopped, and soon', async (t) => {
	const daemon = await startOwnLibvirtd(t);
	const script = 'echo begun; read line; exit 3';
	for (const [program, words] of [
		['virt-sandbox', ['-c', daemon.uri, '--', 'sh', '-c', script]],
		['virt-sandbox-shell', ['-c', daemon.uri, `new t; run -- sh -c '${script}'`]],
	] as const) {
		const {child, says, ended} = startProgram(programPath(program), words);
		await says('begun');
		process.kill(daemon.pid, 'SIGSTOP');
		try {
			const begun = performance.now();
			child.stdin.end('on\n');
			const {status, stderr} = await ended;
			t.is(status, 3);
			t.regex(stderr, left);
			t.true(performance.now() - begun < 20_000);
		} finally {
			process.kill(daemon.pid, 'SIGCONT');
		}
	}
});
