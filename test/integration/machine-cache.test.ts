import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {testWithMachines as test, testWithUserMachines} from '../helpers/machine.ts';
import {makeUser} from '../helpers/ordinary-user.ts';
import {runAlone} from '../helpers/run-alone.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'cache-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

test('QEMU’s user owns nothing that another machine boots, while a machine runs and after', (t) => {
	const script = `
		shared() { find /boot /usr/share/qemu /var/cache/virt-sandbox ! -uid 0; }
		sandbox --keep --backend machine --accel tcg -n kern -- sleep 300
		qemu=$(cat /run/virt-sandbox/libvirtd/run/qemu/kern.pid)
		grep -o '^Uid:.[0-9]*' /proc/$qemu/status
		shared
		kernel=$(tr '\\0' '\\n' </proc/$qemu/cmdline | sed -n '/^-kernel$/{n;p}')
		echo "$kernel" | sed 's/[0-9a-f]\\{8\\}/ID/'
		left() { ls "\${kernel%/*}" | grep -E 'kernel|initrd'; }
		for attempt in 1 2 3 4 5 6 7 8 9 10; do left >/dev/null || break; sleep 0.2; done
		left
		grep "^[^-]*-.*$kernel (deleted)$" -A2 /proc/$qemu/smaps | grep -q . && echo 'QEMU has it mapped'
		find /var/cache/virt-sandbox ! -perm 600 ! -type d
		shell destroy kern >/dev/null
		shared`;
	const {status, stdout, stderr} = runAlone(script, {directory: makeDirectory(t), qemuUser: 877});
	t.deepEqual(
		{status, lines: stdout.split('\n')},
		{status: 0, lines: ['kern', 'Uid:\t877', '/run/virt-sandbox/ID/kernel', 'QEMU has it mapped', '']},
		stderr,
	);
});

test('a file of the cache that was another’s is made anew, and a cache that is another’s is refused', (t) => {
	const machine = 'sandbox --backend machine --accel tcg';
	const script = `
		${machine} -- echo first
		for file in /var/cache/virt-sandbox/vmlinux-* /var/cache/virt-sandbox/initramfs-*; do echo planted >$file; chown 65534 $file; done
		${machine} -- echo second
		stat -c %u /var/cache/virt-sandbox/*
		mount -t tmpfs -o mode=755,uid=65534 tmpfs /var/cache/virt-sandbox
		${machine} -- echo third; echo $?
		umount /var/cache/virt-sandbox`;
	const {status, stdout, stderr} = runAlone(script, {directory: makeDirectory(t)});
	t.deepEqual({status, lines: stdout.split('\n')}, {status: 0, lines: ['first', 'second', '0', '0', '125', '']}, stderr);
	t.regex(stderr, /\/var\/cache\/virt-sandbox belongs to another user, whose id is 65534\n {2}hint: Remove or fix it/);
});

testWithUserMachines('without HOME the cache is in the home that the system knows, never in a directory of all', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const environment = {...user.environment, HOME: undefined, TMPDIR: undefined};
	const {status, stderr} = await user.run('virt-sandbox', ['--backend', 'machine', '--accel', 'tcg', '--', 'true'], {environment});
	t.is(status, 125);
	t.regex(stderr, /Cannot make the directory \/nonexistent\/.cache\/virt-sandbox\n {2}hint: Make it yourself, or set XDG_CACHE_HOME to a directory of yours/);
	t.false(existsSync('/tmp/.cache/virt-sandbox'));
});
