// The built program, and machines whose start fails.
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

for (const keep of ['', ' --keep']) {
	testWithMachines(`log prints the boot log of a start${keep} that failed`, async (t) => {
		const name = `failed${keep.trim()}-${process.pid}`;
		const script = `new ${name} -- true; set accel tcg; network address=10.77.0.2/24,route=10.9.0.0/16%10.88.0.1; start${keep}; log ${name} boot; log ${name} stdout`;
		const {stdout, stderr} = await runProgram(programPath('virt-sandbox-shell'), ['-q', '--keep-going', '-c', testMachineUri(), script]);
		const errors = stderr.split('\n').filter((line) => line.startsWith('error: '));
		t.is(errors[0], 'error: The guest could not set up its network: a route was refused');
		t.regex(stdout, /ip: RTNETLINK answers: Network is unreachable/);
		t.is(errors[1], `error: Sandbox '${name}' has no console 'stdout' that was captured`);
	});
}
