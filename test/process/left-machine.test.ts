import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testWithMachines} from '../helpers/machine.ts';
import {runAlone} from '../helpers/run-alone.ts';
import {programPath} from '../helpers/run-program.ts';

const qemuUser = 877;

testWithMachines('--clean ends the QEMU of a user of its own of a machine whose client and libvirtd were killed', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'left-machine-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const script = `
		(exec '${programPath('virt-sandbox')}' -q --backend machine --accel tcg -n left -- sh -c 'echo ready; exec sleep 600' >out) &
		client=$!
		until grep -q ready out; do sleep 0.1; done
		qemu=$(cat /run/virt-sandbox/libvirtd/run/qemu/left.pid)
		awk '/^Uid/ {print $2}' /proc/$qemu/status
		kill -9 $(cat /run/virt-sandbox/libvirtd/libvirtd.pid) $client
		wait $client 2>/dev/null
		[ -e /proc/$qemu/exe ] && echo left
		sandbox --clean
		[ -e /proc/$qemu/exe ] && echo "still there"
		true`;
	const {status, stdout, stderr} = runAlone(script, {directory, qemuUser});
	t.deepEqual({status, stdout: stdout.split('\n').slice(0, 2)}, {status: 0, stdout: [String(qemuUser), 'left']}, stderr);
	t.regex(stdout, /^removed left/m);
	t.notRegex(stdout, /still there/);
});
