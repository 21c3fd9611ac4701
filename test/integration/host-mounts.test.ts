// What the host has mounted, whatever its name is.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import ava, {type ExecutionContext} from 'ava';
import {testWithMachines as test} from '../helpers/machine.ts';
import {runAlone} from '../helpers/run-alone.ts';
import {programPath} from '../helpers/run-program.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'host-mounts-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

test('a mount of the host whose name no XML can hold keeps no sandbox from starting, and -v names it', (t) => {
	// The host's own, in the mount namespace of this test alone.
	const directory = makeDirectory(t);
	const script = `
		mount -t tmpfs -o mode=755 tmpfs /srv
		for name in "$(printf 'a\\033]0;b')" "$(printf 'bytes\\377')" plain; do
			mkdir "/srv/$name"
			touch "/srv/$name/beneath"
			mount -t tmpfs -o mode=755 tmpfs "/srv/$name"
			touch "/srv/$name/inside"
		done
		look='cd /srv; for name in *; do ls "$name"; done'
		for backend in container "machine --accel tcg"; do
			'${programPath('virt-sandbox')}' -v --backend $backend -- sh -c "$look"
		done`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.deepEqual({status, lines: stdout.split('\n')}, {status: 0, lines: ['inside', 'inside', '']}, stderr);
	const named = ['The sandbox does not see what is mounted at /srv/a\\x1b]0;b', 'The sandbox does not see what is mounted at /srv/bytes\\u{dcff}'];
	t.deepEqual(stderr.match(/The sandbox does not see what is mounted at \/srv\/.*/g), [...named, ...named]);
});

test('a mount of the host whose file was removed or replaced keeps no sandbox from starting, and what lies beneath is not seen', (t) => {
	const directory = makeDirectory(t);
	const script = `
		mount -t tmpfs -o mode=755 tmpfs /srv
		mkdir /srv/gone
		echo beneath >/srv/conf
		for name in conf gone/file; do echo old >/srv/old; touch "/srv/$name"; mount --bind /srv/old "/srv/$name"; rm /srv/old; done
		for backend in container "machine --accel tcg"; do
			sandbox --backend $backend -p -- sh -c 'cd /srv; ls; cat conf gone/file'
		done`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.deepEqual({status, lines: stdout.split('\n')}, {status: 0, lines: ['conf', 'gone', 'conf', 'gone', '']}, stderr);
});

test('what no sandbox sees is not seen where the host has it mounted a second time either', (t) => {
	const directory = makeDirectory(t);
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

test('what lies beneath a mount that is left out is not seen, neither in a directory that a user may change, nor in one that was asked for', (t) => {
	const directory = makeDirectory(t);
	const script = `
		mount -t tmpfs -o mode=755 tmpfs /srv
		mkdir /srv/users
		for place in /srv /srv/users; do
			mkdir "$place/run"
			for name in masked pipe run/file; do echo beneath >"$place/$name"; done
			mount --bind /dev/null "$place/masked"
			mkfifo "/run/pipe-\${place##*/}"
			mount --bind "/run/pipe-\${place##*/}" "$place/pipe"
			mount --bind /run "$place/run"
		done
		chown 65534 /srv/users
		for backend in container "machine --accel tcg"; do
			sandbox --backend $backend -p -m host-bind:/asked=/srv/users,ro -- sh -c 'for place in /srv /srv/users /asked; do cd $place; ls -A; cat masked pipe; ls run; done; echo end'
		done
		rm /run/pipe-*`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	const names = ['masked', 'pipe', 'run'];
	const seen = [...names, 'users', ...names, ...names, 'end'];
	t.deepEqual({status, lines: stdout.trim().split('\n')}, {status: 0, lines: [...seen, ...seen]}, stderr);
});

/** Says what it is asked for, and has nothing. */
const automounter = `
my ($place) = @ARGV;
setpgrp 0, 0;
$^F = 100;
pipe my $questions, my $asks or die;
my ($source, $type, $data) = ('auto', 'autofs', 'fd=' . fileno($asks) . ',pgrp=' . getpgrp() . ',minproto=5,maxproto=5,indirect');
syscall(${process.arch === 'x64' ? 165 : 40}, $source, $place, $type, 0, $data) == 0 or die "mount: $!";
close $asks;
opendir my $top, $place or die;
open my $control, '<', $place or die;
$| = 1;
print "ready\n";
while (sysread $questions, my $question, 4096) {
	my $token = unpack 'x8 L', $question;
	print 'asked for ', unpack('x44 Z*', $question), "\n";
	ioctl $control, 0x9361, $token;
}
`;

/** Only with a kernel that has automounters. */
const testWithAutofs = spawnSync('modprobe', ['-q', 'autofs']).status === 0 || readFileSync('/proc/filesystems', 'utf8').includes('autofs') ? test : ava.skip;

testWithAutofs('a sandbox does not have an automounter of the host at the top level go out for what it asks for', (t) => {
	const directory = makeDirectory(t);
	const place = '/media';
	const script = `
		perl -e '${automounter.replaceAll("'", `'\\''`)}' ${place} >said &
		daemon=$!
		until grep -q ready said; do kill -0 $daemon || exit 8; sleep 0.1; done
		for backend in container "machine --accel tcg"; do
			sandbox --backend $backend -p -- sh -c 'ls -d ${place}; ls ${place}/name 2>&1'
		done
		kill $daemon
		umount -l ${place}
		cat said`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	const seen = [place, `ls: cannot access '${place}/name': No such file or directory`];
	t.deepEqual({status, lines: stdout.trim().split('\n')}, {status: 0, lines: [...seen, ...seen, 'ready']}, stderr);
});

test('what lies beneath a mount of the host is not seen where there are too many of them', (t) => {
	const directory = makeDirectory(t);
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
	const directory = makeDirectory(t);
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
