import test from 'ava';
import {testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';
import {validateDomain} from '../helpers/validate-domain.ts';

testWithMachines(
	'the XML of a sandbox as a guest of Xen is shown, also with --keep, and passes the schema; it says that nothing of it can be started here',
	async (t) => {
		for (const words of [['--consoles', '1'], ['-m', 'host-bind:/srv=/usr', '--consoles', '2'], ['--keep']]) {
			const {status, stdout, stderr} = await runProgram(programPath('virt-sandbox'), ['-v', '--backend', 'xen', '--dry-run', ...words, 'true']);
			t.is(status, 0, stderr);
			t.regex(stderr, /Only the XML of a guest of Xen is made: a start needs a Xen host/);
			validateDomain(t, stdout);
		}
	},
);

test('a start of one is refused, captured or not, before anything is looked for', async (t) => {
	for (const words of [[], ['--keep']]) {
		const {status, stdout, stderr} = await runProgram(programPath('virt-sandbox'), ['--backend', 'xen', ...words, 'true']);
		t.deepEqual({status, stdout}, {status: 125, stdout: ''});
		t.regex(
			stderr,
			/^virt-sandbox: A guest of Xen cannot be started: that needs a Xen host, and only its XML is made so far\n {2}hint: See its XML with --dry-run/,
		);
	}
});
