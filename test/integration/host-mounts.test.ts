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

test('what no sandbox sees is not seen where the host has it mounted a second time either', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'host-mounts-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const script = `
		for place in /srv /dev/shm /var/lib/libvirt; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
		mkdir -p /srv/run /srv/shm /srv/top /srv/lib /srv/data /srv/dev
		touch /dev/shm/secret /var/lib/libvirt/secret
		mount --rbind /run /srv/run
		mount --bind /dev/shm /srv/shm
		mount --rbind /dev /srv/dev
		mount --bind / /srv/top
		mount --bind /var/lib/libvirt /srv/lib
		mount -t tmpfs -o mode=755 tmpfs /srv/data
		touch /srv/data/inside
		for backend in container "machine --accel tcg"; do
			sandbox --backend $backend -p -- sh -c 'cd /srv; ls -A run shm top lib data dev'
		done`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	const seen = ['data:', 'inside', '', 'dev:', '', 'lib:', '', 'run:', '', 'shm:', '', 'top:'];
	t.deepEqual({status, lines: stdout.split('\n')}, {status: 0, lines: [...seen, ...seen, '']}, stderr);
});

test('what lies beneath a mount of the host is not seen where there are too many of them', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'host-mounts-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const script = `
		mount -t tmpfs -o mode=755 tmpfs /srv
		for number in $(seq 10 45); do
			mkdir -p "/srv/$number"
			echo beneath >"/srv/$number/file"
			mount -t tmpfs -o mode=755 tmpfs "/srv/$number"
			echo above >"/srv/$number/file"
		done
		echo beneath >/srv/file
		mount --bind /etc/hostname /srv/file
		for backend in container "machine --accel tcg"; do
			sandbox --backend $backend -p -- sh -c 'sort -u /srv/*/file; ls /srv | wc -l; wc -c </srv/file'
		done`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	const seen = ['above', '37', '0'];
	t.deepEqual({status, lines: stdout.trim().split(/\s*\n\s*/)}, {status: 0, lines: [...seen, ...seen]}, stderr);
});

test('what a sandbox mounts is seen in no other place of the host, and what the host mounts later not in it, where the host shares its mounts', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'host-mounts-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const script = `
		mount -t tmpfs -o mode=777 tmpfs /srv
		mkdir -p /srv/shared/a /srv/other/ram /srv/other/later
		echo secret >/srv/shared/a/secret
		mkfifo /srv/shared/ready /srv/shared/go
		# As systemd has it.
		mount --make-rshared /
		sandbox --backend container -S nobody -m host-bind:/w=/srv/shared -m hide:/w/a/secret -- cat /w/a/secret
		cat /srv/shared/a/secret
		sandbox --backend container -p -m host-bind:/w=/srv/shared -m host-bind:/w/a=/srv/other,ro -m ram:/w/a/ram=1M -- \\
			sh -c 'touch /w/a/ram/inside; echo >/w/ready; read line </w/go; ls -A /w/a/ram /w/a/later' &
		read line </srv/shared/ready
		grep -c ' /srv/' /proc/self/mountinfo
		mount -t tmpfs tmpfs /srv/other/later
		touch /srv/other/later/secret
		echo >/srv/shared/go
		wait $!`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.deepEqual({status, lines: stdout.split('\n')}, {status: 0, lines: ['secret', '0', '/w/a/later:', '', '/w/a/ram:', 'inside', '']}, stderr);
});
