import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readDaemonMounts} from '../../src/backend/host/mounts/daemon-mounts.ts';
import {readMountTable} from '../../src/backend/host/mounts/mount-table.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {programPath, runProgram, type Ended} from '../helpers/run-program.ts';
import {runAlone} from '../helpers/run-alone.ts';
import {runInSandbox} from '../helpers/run-sandbox.ts';

const idmap = {start: 100_000, count: 65_536};

test('mapped ids work where the daemon has mounts of its own below directories of the root', async (t) => {
	const own = await startOwnLibvirtd(t);
	execFileSync('nsenter', ['-t', String(own.pid), '-m', 'mount', '-t', 'tmpfs', '-o', 'nosuid', 'tmpfs', '/usr/local/share']);
	const isThere = (points: ReturnType<typeof readDaemonMounts>): boolean => points.some(({mountPoint}) => mountPoint === '/usr/local/share');
	t.deepEqual([isThere(readDaemonMounts(own.uri)), isThere(readDaemonMounts(testLibvirtd().uri)), isThere(readMountTable())], [true, false, false]);
	const script = 'ls -A /usr/local/share; ls -d /usr/local/bin; touch /usr/local/bin/made 2>/dev/null || echo refused';
	const result = await runInSandbox(t, ['sh', '-c', script], {uri: own.uri, idmap});
	t.deepEqual(result, {status: 0, stdout: '/usr/local/bin\nrefused\n', stderr: ''});
});

test('a directory in which only the daemon has something mounted is refused before anything starts', async (t) => {
	const own = await startOwnLibvirtd(t);
	const directory = mkdtempSync(join(tmpdir(), 'seen-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	mkdirSync(join(directory, 'inner'));
	execFileSync('nsenter', ['-t', String(own.pid), '-m', 'mount', '-t', 'tmpfs', 'tmpfs', join(directory, 'inner')]);
	await t.throwsAsync(runInSandbox(t, ['true'], {uri: own.uri, idmap, mounts: [parseMount(`host-bind:/mnt=${directory}`)]}), {
		message: `With mapped ids ${directory} cannot be mounted: ${directory}/inner is mounted below it`,
	});
});

test('what the daemon has at the source of a mount or an include, and its caller has not, is in no sandbox', async (t) => {
	const directory = mkdtempSync('/srv/seen-');
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	chmodSync(directory, 0o755);
	mkdirSync(join(directory, 'deep'));
	writeFileSync(join(directory, 'deep/file'), 'beneath');
	const script = 'mount -t tmpfs t "$0" && mkdir "$0/deep" && echo caller >"$0/deep/file" && exec "$@"';
	const run = (...options: readonly string[]): Promise<Ended> =>
		runProgram('unshare', ['-m', 'sh', '-c', script, directory, programPath('virt-sandbox'), '-q', '-p', '-c', testLibvirtd().uri, ...options]);
	for (const options of [
		['-m', `host-bind:/w=${directory}/deep`],
		['-m', `host-bind:/w=${directory}`],
		['-i', `/tmp/w=${directory}`],
	]) {
		for (const more of [[], ['--idmap', '100000:65536']]) {
			const {status, stdout, stderr} = await run(...options, ...more, '--', 'cat', '/w/file', '/w/deep/file');
			t.deepEqual([status, stdout], [125, ''], options[1]);
			t.regex(stderr, /^virt-sandbox: Libvirtd sees something else at /);
		}
	}
});

test('a process of another user that has all that the daemon is known by is not taken for it', async (t) => {
	// A socket that has the path of the daemon's in another mount namespace.
	const script = `
		use Socket; $0 = 'libvirtd'; $| = 1; socket my $socket, AF_UNIX, SOCK_STREAM, 0; print "begun\n";
		chomp(my $path = <STDIN>); my ($directory) = $path =~ m{^(.*)/};
		unless (fork) {
			syscall(272, 0x20000) == 0 and system(qw(mount --make-rprivate /)) == 0 and system(qw(mount -t tmpfs none), $directory) == 0 or die;
			bind $socket, pack_sockaddr_un($path) or die "bind: $!"; exit;
		}
		wait; die if $?; ($(, $)) = (65534, '65534 65534'); ($<, $>) = (65534, 65534); print "there\n"; <STDIN>;`;
	const fake = spawn('perl', ['-e', script], {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => fake.kill('SIGKILL'));
	await once(fake.stdout, 'data');
	const own = await startOwnLibvirtd(t);
	execFileSync('nsenter', ['-t', String(own.pid), '-m', 'mount', '-t', 'tmpfs', '-o', 'nosuid', 'tmpfs', '/usr/local/share']);
	fake.stdin.write(`${own.socket}\n`);
	await once(fake.stdout, 'data');
	t.true(readDaemonMounts(own.uri).some(({mountPoint}) => mountPoint === '/usr/local/share'));
});

test('mapped ids work on the libvirtd of our own: commands, further ones, terminals, mounts, and what doctor tries', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'alone-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	chmodSync(directory, 0o755);
	for (const name of ['ro', 'rw']) execFileSync('install', ['-d', '-m', '777', join(directory, name)]);
	const script = `
		idmap='--idmap 100000:65536'
		echo input | sandbox $idmap -m "host-bind:/ro=$PWD/ro,ro" -m "host-bind:/rw=$PWD/rw" -- sh -c 'cat; id -u; touch /rw/made; touch /ro/made /etc/made /usr/made 2>/dev/null || echo refused'
		sandbox $idmap --keep -n mapped -- sleep 300
		echo more | sandbox --exec mapped -- sh -c 'cat; id -u; exit 3' || echo $?
		script -qec "'${programPath('virt-sandbox')}' -q --idmap 100000:65536 -- tty" /dev/null </dev/null | grep -o '/dev/tty.'
		shell stop mapped >/dev/null
		shell --output json doctor | grep -o '"subject":"container","state":"[a-z]*"'`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.deepEqual(
		{status, lines: stdout.split('\n')},
		{status: 0, lines: ['input', '0', 'refused', 'mapped', 'more', '0', '3', '/dev/tty2', '"subject":"container","state":"ok"', '']},
		stderr,
	);
	t.deepEqual([readdirSync(join(directory, 'ro')), readdirSync(join(directory, 'rw'))], [[], ['made']]);
});
