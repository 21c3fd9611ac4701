import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testWithMachines} from '../helpers/machine.ts';
import {runAlone} from '../helpers/run-alone.ts';

testWithMachines('where no connection is named the shell finds a machine that another process keeps, as a container', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'kept-machine-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const script = `
		sandbox --keep -n box -- sleep 600
		sandbox --backend machine --accel tcg --keep -n mach -- sleep 600
		shell list | grep -oE '(box|mach) +(running)' | tr -d ' '
		shell stats | grep -oE '^ *(box|mach) +running' | tr -d ' '
		shell 'suspend mach; info mach' | grep -o 'paused'
		shell 'resume mach; info mach' | grep -o 'running'
		shell 'xml mach --running' | grep -o "<domain type='qemu'"
		shell info nosuch
		shell 'stop mach; stop box'`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	const listed = ['boxrunning', 'machrunning'];
	t.deepEqual(stdout.trim().split('\n'), ['box', 'mach', ...listed, ...listed, 'paused', 'running', `<domain type='qemu'`], stderr);
	t.regex(stderr, /^error: No sandbox named 'nosuch' runs\n {2}hint: These run: box, mach\.$/m);
	t.is(status, 0);
});
