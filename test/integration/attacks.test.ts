import {createHash} from 'node:crypto';
import {existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {parseMount} from '../../src/spec/parse-mount.ts';
import type {Mount} from '../../src/spec/types.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {findController} from '../../src/backend/life/controller.ts';
import {findProcesses} from '../helpers/random-kills.ts';
import {runInSandbox, startTestSandbox} from '../helpers/run-sandbox.ts';

/** Runs a script as root in a container, with an own writable directory of the host at /mine. */
async function attack(
	t: ExecutionContext,
	script: string,
	mounts: readonly Mount[] = [],
): Promise<{readonly output: string; readonly status: number; readonly directory: string}> {
	const directory = mkdtempSync(join(tmpdir(), 'attack-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const mine: Mount = {type: 'host-bind', target: '/mine', source: directory, readonly: false, relabel: undefined};
	const {stdout, stderr, status} = await runInSandbox(t, ['bash', '-c', script], {mounts: [mine, ...mounts], user: {kind: 'root'}});
	return {output: stdout + stderr, status, directory};
}

for (const flags of ['remount,rw', 'remount,bind,rw', 'remount,rw,bind']) {
	test(`root cannot mount the host's directories writable: ${flags}`, async (t) => {
		const name = `written-by-a-sandbox-${process.pid}`;
		const {output} = await attack(
			t,
			`for at in / /usr /etc /var /home; do mount -o ${flags} $at && echo mounted $at; echo x >$at/${name} && echo wrote $at; done`,
		);
		t.notRegex(output, /^(mounted|wrote)/m);
		t.deepEqual(globSync(`{/,/usr/,/etc/,/var/,/home/}${name}`), []);
	});
}

test('root cannot mount anything else', async (t) => {
	const {output} = await attack(
		t,
		'mkdir /tmp/a; mount -t tmpfs none /tmp/a && echo done; mount --bind /etc /tmp/a && echo done; mount -t proc none /tmp/a && echo done; umount /etc && echo done; umount -l /sys/fs/cgroup && echo done; unshare -m true && echo done; unshare -U -r true && echo done',
	);
	t.notRegex(output, /^done/m);
});

test('root cannot look into the init, nor speak for it', async (t) => {
	const {output} = await attack(
		t,
		'for p in 1 $PPID; do cat /proc/$p/environ >/dev/null && echo read; echo "exit 2 0" >/proc/$p/fd/4 && echo told; done; echo end',
	);
	t.notRegex(output, /^(read|told)/m);
	t.regex(output, /^end$/m);
});

/** Asks for a user namespace in every way, keeping the user (an exec would lose what it gives), then for the control groups. */
const takeNamespace = `
my $user = 0x10000000;
print "unshared\n" if syscall(272, $user | 0x02020000) == 0;
my $child = syscall(56, $user | 17, 0, 0, 0, 0);
if ($child == 0) { print STDERR "cloned\n"; exit }
print "cloned by clone3\n" if syscall(435, pack("Q11", $user, (0) x 10), 88) != -1;
my ($source, $target, $type, $data) = ("none", "/tmp/groups", "cgroup2", "");
mkdir $target;
print "mounted\n" if syscall(165, $source, $target, $type, 0, $data) == 0;
`;

for (const [who, user] of [
	['root', {kind: 'root'}],
	['nobody', {kind: 'name', name: 'nobody'}],
] as const) {
	test(`${who} gets no user namespace, so no capabilities and no control groups`, async (t) => {
		const {stdout, stderr, status} = await runInSandbox(t, ['perl', '-e', takeNamespace], {user});
		t.deepEqual({stdout, stderr, status}, {stdout: '', stderr: '', status: 0});
	});
}

test('tracing process 1 does not lift the filter of system calls', async (t) => {
	const {output} = await attack(t, 'grep -h Seccomp: /proc/1/status /proc/self/status');
	t.is(output, 'Seccomp:\t2\nSeccomp:\t2\n');
});

test("the keys of the host's root cannot be reached, nor sockets of virtual machines be made", async (t) => {
	const {output} = await attack(
		t,
		`perl -e 'my ($type, $name, $key) = ("user", "key-of-a-sandbox", "x"); print syscall(248, $type, $name, $key, 1, -4), syscall(250, 0, -4, 0), syscall(249, $type, $name, 0, -4), syscall(41, 40, 1, 0)'`,
	);
	t.is(output, '-1-1-1-1');
});

/** Opens the file with this inode, on the file system of a mount, for writing: what docker's shocker did. */
const openByHandle = `
use strict;
my ($mount, $inode) = @ARGV;
open(my $at, "<", $mount) or die "open $mount: $!";
# struct file_handle: 8 bytes of inode (FILEID_INO32_GEN: inode, generation), for every generation that is likely.
for my $generation (0) {
	my $handle = pack("IiII", 8, 1, $inode, $generation);
	my $fd = syscall(304, fileno($at), $handle, 2);
	print $fd >= 0 ? "opened\\n" : "refused $!\\n";
}
`;

test('no file of the host is opened by its handle, over no writable mount', async (t) => {
	const victim = join(mkdtempSync(join(tmpdir(), 'victim-')), 'file');
	writeFileSync(victim, 'untouched');
	t.teardown(() => rmSync(join(victim, '..'), {recursive: true, force: true}));
	const {ino} = statSync(victim);
	const {output} = await attack(t, `for at in /mine /tmp /run /run/sandbox /etc /; do perl -e '${openByHandle}' $at ${ino}; done`);
	t.is(output, 'refused Operation not permitted\n'.repeat(6));
	t.is(readFileSync(victim, 'utf8'), 'untouched');
});

test('the host’s control groups cannot be reached', async (t) => {
	const {output} = await attack(
		t,
		'ls -A /sys/fs/cgroup; mkdir /sys/fs/cgroup/mine && ls -A /sys/fs/cgroup/mine; grep -E " cgroup2? " /proc/self/mountinfo | grep -v "/sys/fs/cgroup"; find / -xdev -name release_agent 2>/dev/null',
	);
	t.is(output, '');
});

test('settings of the kernel cannot be written', async (t) => {
	const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
	const {output} = await attack(
		t,
		`for file in /proc/sys/kernel/core_pattern /proc/sys/vm/overcommit_memory /proc/sysrq-trigger /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/uevent_helper /sys/power/state /proc/sys/kernel/modprobe; do
			[ -e $file ] && (cat $file >/tmp/content; cat /tmp/content >$file) 2>/dev/null && echo "wrote $file"
		done; true`,
	);
	t.is(output, '');
	t.is(readFileSync('/proc/sys/kernel/core_pattern', 'utf8'), before);
});

// /proc/sys/net is the sandbox’s own network namespace.
test("no file below /proc and /sys that is not of the sandbox's own namespaces opens for writing", async (t) => {
	const {output} = await attack(
		t,
		`find /proc /sys -path '/proc/[0-9]*' -prune -o -path /proc/self -prune -o -path /proc/thread-self -prune -o -path /sys/fs/cgroup -prune -o -path /proc/sys/net -prune -o -type f -perm /222 -print 2>/dev/null |
		perl -ne 'chomp; if (sysopen(my $f, $_, 1 | 2048)) { print "$_\\n" }'`,
	);
	t.is(output, '');
});

test('no device node can be made, and the disks are not there', async (t) => {
	const {output} = await attack(
		t,
		'for type in "b 8 0" "b 254 0" "c 1 1" "c 10 229"; do mknod /mine/device $type && echo made; mknod /tmp/device $type && echo made; done; find /dev -type b; cat /dev/mem /dev/kmsg /dev/vda 2>/dev/null | head -c 1',
	);
	t.notRegex(output, /^made/m);
	t.regex(output, /^(mknod: .*\n)*$/);
});

test('the directory of the pipes is read-only', async (t) => {
	const {output, status} = await attack(
		t,
		'cd /run/sandbox || exit 9; for name in 0.in 0.out 0.err init 0.cmd; do rm -f $name && echo removed; ln -sf /etc/passwd $name && echo linked; mv $name other && echo moved; echo x >>init && echo wrote; done; mount -o remount,rw /run/sandbox && echo mounted; true',
	);
	t.is(status, 0);
	t.notRegex(output, /^(removed|linked|moved|wrote|mounted)/m);
});

test('the control pipes have no names', async (t) => {
	const {output} = await attack(t, 'for i in $(seq 100); do [ -e /run/sandbox/ctl.in ] || break; sleep 0.05; done; ls /run/sandbox | grep ctl; true');
	t.is(output, '');
});

test('the guest’s processes cannot leave a setuid file that works for them', async (t) => {
	const {output} = await attack(t, 'cp /usr/bin/id /mine/id && chown 0:0 /mine/id && chmod 4755 /mine/id; setpriv --reuid 1234 --clear-groups /mine/id -u');
	t.is(output, '1234\n');
});

test('the kernel’s log and the host’s processes are not visible', async (t) => {
	const {output} = await attack(
		t,
		'dmesg >/dev/null 2>&1 && echo log; ls /proc | grep -c "^[0-9]"; kill -0 ' +
			String(process.pid + 100_000) +
			' 2>/dev/null && echo found; cat /proc/kcore 2>/dev/null | head -c 1',
	);
	t.regex(output, /^[1-9]\n$/);
});

test('the sockets and pipes of the host that its temporary directories hold are hidden', async (t) => {
	const {output} = await attack(t, 'find /run /tmp /var/tmp -type s -o -type p ! -path "/run/sandbox/*"');
	t.is(output, '');
});

test('capabilities that libvirt gives back by no way', async (t) => {
	const {output} = await attack(
		t,
		'grep CapBnd /proc/self/status; setpriv --bounding-set +sys_admin grep CapBnd /proc/self/status; setpriv --inh-caps +sys_admin true && echo gained; true',
	);
	t.regex(output, /^(CapBnd:\t00000000000005fb\n){1,2}/);
	t.notRegex(output, /CapBnd:\t(?!00000000000005fb)/);
	t.notRegex(output, /^gained/m);
});

test('a directory of the host that is not given stays as it was after all a root can do', async (t) => {
	const directory = mkdtempSync(join('/var', 'victim-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	writeFileSync(join(directory, 'file'), 'untouched');
	const digest = (): string =>
		createHash('sha256')
			.update(readFileSync(join(directory, 'file')))
			.digest('hex');
	const before = digest();
	const at = `/proc/1/root${directory}/file`;
	const {output} = await attack(
		t,
		`for at in ${directory}/file ${at} /proc/self/root${directory}/file /proc/self/cwd/..${directory}/file; do
			(echo changed >$at) 2>/dev/null && echo wrote; chmod 777 $at 2>/dev/null && echo changed; chown 1:1 $at 2>/dev/null && echo owned; rm -f $at 2>/dev/null && echo removed
			setfattr -n user.x -v y $at 2>/dev/null && echo marked; touch $at 2>/dev/null && echo touched; ln $at /mine/link 2>/dev/null && echo linked
		done; true`,
	);
	t.is(output, '');
	t.is(digest(), before);
	t.false(existsSync(join(directory, 'link')));
});

for (const script of ['kill -9 -1; kill -9 $PPID; sleep 20', 'kill -9 $PPID; sleep 20']) {
	test(`a command that kills its own session ends it: ${script}`, async (t) => {
		const {status} = await runInSandbox(t, ['bash', '-c', script], {user: {kind: 'root'}});
		t.is(status, 137);
	});
}

test('a guest that fills the pipe to its init does not delay its end', async (t) => {
	const script = 'exec 2>/dev/null; (while :; do echo x; done >/proc/1/fd/3) & (yes >/proc/1/fd/3) & sleep 0.5';
	const begun = performance.now();
	const {status} = await runInSandbox(t, ['bash', '-c', script], {user: {kind: 'root'}});
	t.is(status, 0);
	t.true(performance.now() - begun < 8000);
});

test('a process that is named as libvirt names its own is not taken for one', async (t) => {
	const name = `victim-${process.pid}`;
	const script = `exec -a /x/libvirt_lxc bash -c 'echo ready; read line' --name ${name}`;
	const sandbox = await startTestSandbox(t, {command: ['bash', '-c', script]});
	await once(sandbox.session.stdout, 'data');
	const [pid] = findProcesses(/^\/x\/libvirt_lxc$/, name);
	t.truthy(pid);
	t.is(findController(pid ?? 0, name), undefined);
});

test('a guest-bind of a place that somebody else could lead elsewhere is refused', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'attack-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	mkdirSync(join(directory, 'view'));
	const start = (...mounts: string[]): Promise<unknown> =>
		startTestSandbox(t, {command: ['true'], mounts: [`host-bind:/w=${directory}`, ...mounts].map((text) => parseMount(text))});
	await t.throwsAsync(start('guest-bind:/v=/w/view'), {message: /^\/w\/view lies in what is mounted writable at \/w: /});
	symlinkSync('/usr/share', join(directory, 'link'));
	await t.throwsAsync(start('guest-bind:/v=/w/link/doc'), {message: /^\/w\/link\/doc lies in what is mounted writable at \/w: /});
	await t.notThrowsAsync(start('guest-bind:/v=/w'));
});
