import {runInSandbox} from '../helpers/run-sandbox.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';

// The kernel has one count for all containers.
test('a container has its pseudo-terminals, and cannot use up those of all others', async (t) => {
	const script = 'my @open; while (open my $file, "+<", "/dev/ptmx") { push @open, $file } print "$!: ", scalar(@open)';
	const {stdout} = await runInSandbox(t, ['perl', '-e', script], {user: {kind: 'name', name: 'nobody'}});
	// libvirt has made a few of the 256.
	t.regex(stdout, /^No space left on device: 25\d$/);
});
