// Machines and containers side by side, from one script.
import {programPath, runProgram} from '../helpers/run-program.ts';
import {testLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines as test} from '../helpers/machine.ts';

test('two machines and two containers at once from one script: start, exec in each, stop all', async (t) => {
	const names = ['c1', 'c2', 'm1', 'm2'].map((name) => `${name}-${process.pid}`);
	const start = (name: string, more = ''): string => `new ${name}; ${more}set command sleep 300; start`;
	const [first = '', second = '', third = '', fourth = ''] = names;
	const lines = [
		start(first),
		start(second),
		`connect ${testMachineUri()}`,
		start(third, 'set accel tcg; '),
		start(fourth, 'set accel tcg; '),
		...names.map((name) => `exec ${name} -- sh -c 'echo "in ${name}"'`),
		'list',
		...names.map((name) => `stop ${name} --time 0`),
	];
	const {status, stdout, stderr} = await runProgram(programPath('virt-sandbox-shell'), ['-q', '-c', testLibvirtd().uri, lines.join('; ')]);
	t.is(status, 0, stderr);
	for (const name of names) t.regex(stdout, new RegExp(`^in ${name}$`, 'm'));
});
