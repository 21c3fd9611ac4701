// What the host has mounted, whatever its name is.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testWithMachines as test} from '../helpers/machine.ts';
import {runAlone} from '../helpers/run-alone.ts';
import {programPath} from '../helpers/run-program.ts';

test('a mount of the host whose name no XML can hold keeps no sandbox from starting, and -v names it', (t) => {
	// The host's own, in the mount namespace of this test alone.
	const directory = mkdtempSync(join(tmpdir(), 'host-mounts-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const script = `
		mount -t tmpfs -o mode=755 tmpfs /srv
		for name in "$(printf 'a\\033]0;b')" "$(printf 'bytes\\377')" plain; do
			mkdir "/srv/$name"
			mount -t tmpfs -o mode=755 tmpfs "/srv/$name"
			touch "/srv/$name/inside"
		done
		look='cd /srv; for name in *; do ls "$name"; done'
		for backend in container "machine --accel tcg"; do
			'${programPath('virt-sandbox')}' -v --backend $backend -- sh -c "$look"
		done`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.deepEqual({status, lines: stdout.split('\n')}, {status: 0, lines: ['inside', 'inside', '']}, stderr);
	const named = ['The sandbox does not see what is mounted at /srv/a\\x1b]0;b', 'The sandbox does not see what is mounted at /srv/bytes\ufffd'];
	t.deepEqual(stderr.match(/The sandbox does not see what is mounted at \/srv\/.*/g), [...named, ...named]);
});
