import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

/** Tells what root may write, of what it holds already, and whose mode it may set. */
const script = `
	find /proc/sys -type f ! -path '*/fs/binfmt_misc/*' | while read -r file; do
		held=$(cat "$file" 2>/dev/null) || continue
		(printf '%s\\n' "$held" >"$file") 2>/dev/null && echo "$file is writable"
	done
	for file in /proc/[!0-9]*; do
		[ -L "$file" ] || chmod u+r "$file" 2>/dev/null && [ ! -L "$file" ] && echo "$file has another mode"
	done
	true`;
const words = ['-p', '-c', testLibvirtd().uri, '--', 'sh', '-c', script];

for (const network of [[], ['-N', 'dhcp']]) {
	test(`root changes nothing of the kernel in /proc, ${network.length === 0 ? 'alone' : 'with a network'}`, async (t) => {
		const {status, stdout, stderr} = await runProgram(programPath('virt-sandbox'), ['-q', ...network, ...words]);
		t.deepEqual({status, stdout, stderr}, {status: 0, stdout: '', stderr: ''});
	});
}

test('nor where no program of ours gets into the container', async (t) => {
	const {status, stdout, stderr} = await runProgram('unshare', ['-pf', '--mount-proc', programPath('virt-sandbox'), '-v', ...words]);
	t.deepEqual({status, stdout}, {status: 0, stdout: ''}, stderr);
	t.regex(stderr, /that is left to libvirt: the start is begun anew/);
});
