import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

/** What of the settings is writable, of those that the kernel has. */
const script = `for path in /proc/sysrq-trigger /proc/fs /proc/irq /proc/sys/net/ipv4; do
	[ ! -e $path ] || grep " $path " /proc/self/mountinfo | tail -n 1 | grep -q " ro[, ]" || echo $path is writable
done`;
const words = ['-c', testLibvirtd().uri, '--', 'sh', '-c', script];

test('the settings of the kernel are read-only by a program of ours', async (t) => {
	const {status, stdout, stderr} = await runProgram(programPath('virt-sandbox'), ['-q', ...words]);
	t.deepEqual({status, stdout, stderr}, {status: 0, stdout: '', stderr: ''});
});

test('where no program of ours gets into the container, libvirt makes them read-only', async (t) => {
	const {status, stdout, stderr} = await runProgram('unshare', ['-pf', '--mount-proc', programPath('virt-sandbox'), '-v', ...words]);
	t.deepEqual({status, stdout}, {status: 0, stdout: ''}, stderr);
	t.regex(stderr, /so libvirt is to: the start is begun anew/);
});
