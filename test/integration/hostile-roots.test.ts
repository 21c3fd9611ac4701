// Roots that others have written: nothing in them leads out, makes a command root, or holds the start up. Over every backend.
import {execFileSync} from 'node:child_process';
import {chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {ShellError} from '../../src/core/errors.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {runAlone, testEach, type TestBackend} from '../helpers/backends.ts';
import type {Finished, SpecChanges} from '../helpers/run-sandbox.ts';

/** A directory with a secret, and beside it a root with a shell, busybox, and what a test adds. */
function makeRoot(t: ExecutionContext): {readonly outside: string; readonly root: string} {
	const outside = mkdtempSync(join(tmpdir(), 'hostile-'));
	chmodSync(outside, 0o755);
	t.teardown(() => rmSync(outside, {recursive: true, force: true}));
	writeFileSync(join(outside, 'secret'), 'secret\n');
	const root = join(outside, 'root');
	for (const name of ['bin', 'etc']) mkdirSync(join(root, name), {recursive: true});
	cpSync('/usr/bin/busybox', join(root, 'bin/busybox'));
	for (const name of ['sh', 'ls', 'cat', 'id']) symlinkSync('busybox', join(root, 'bin', name));
	return {outside, root};
}

function see(backend: TestBackend, t: ExecutionContext, script: string, changes: SpecChanges): Promise<Finished> {
	return runAlone(backend, t, ['sh', '-c', script], {user: {kind: 'root'}, environment: {PATH: '/bin'}, cwd: '/', ...changes});
}

testEach('a hostile root’s own account files name nobody who is root, and no file of the host', async (t, backend) => {
	const {outside, root} = makeRoot(t);
	const passwd = join(root, 'etc/passwd');
	const refusal = async (name: string): Promise<string> => {
		const error = await t.throwsAsync(see(backend, t, 'id', {root, user: {kind: 'name', name}}), {instanceOf: ShellError});
		return error?.message ?? '';
	};
	writeFileSync(passwd, 'nobody:x:0:0::/:/bin/sh\n');
	t.is(await refusal('nobody'), "The user 'nobody' has the id 0: it is root");
	writeFileSync(passwd, 'nobody:x:4294967296:4294967296::/:/bin/sh\n');
	t.is(await refusal('nobody'), "No user is named 'nobody'");
	writeFileSync(passwd, 'nobody:x:65534:0::/:/bin/sh\n');
	t.is(await refusal('nobody'), "The root directory's own files put the user 'nobody' into the group of root");
	rmSync(passwd);
	writeFileSync(join(outside, 'secret'), 'nobody:x:77:77::/:/bin/sh\n');
	symlinkSync('../../secret', passwd);
	t.is(await refusal('nobody'), "No user is named 'nobody'");
	rmSync(passwd);
	execFileSync('mkfifo', [passwd]);
	t.is(await refusal('nobody'), `/etc/passwd of the root ${root} is not a regular file`);
});

testEach('links at the top of a hostile root show what the root has there', async (t, backend) => {
	const {outside, root} = makeRoot(t);
	for (const name of ['proc', 'sys', 'dev', 'run', 'lib', 'home']) symlinkSync(outside, join(root, name));
	symlinkSync('../..', join(root, 'etc/up'));
	const {stdout, stderr, status} = await see(
		backend,
		t,
		'for at in /lib /home /etc/up; do cat $at/secret; done; cat /proc/self/comm; ls -d /run/* /dev/null /sys/kernel',
		{
			root,
		},
	);
	t.is(stdout, 'cat\n/dev/null\n/run/lock\n/run/sandbox\n/sys/kernel\n');
	t.is(stderr, ['/lib', '/home', '/etc/up'].map((at) => `cat: can't open '${at}/secret': No such file or directory\n`).join(''));
	t.is(status, 0);
});

testEach('names in a hostile root that no domain can hold are left out', async (t, backend) => {
	const {root} = makeRoot(t);
	for (const name of ['odd\n', 'odd\u{fffe}', 'odd\u{ffff}', `odd <'"&,`]) mkdirSync(join(root, name));
	t.like(await see(backend, t, 'ls -d /odd*', {root}), {stdout: `/odd <'"&,\n`, stderr: '', status: 0});
});

testEach('mounts that links of a hostile root lead elsewhere stay in the root, or are refused', async (t, backend) => {
	const {outside, root} = makeRoot(t);
	mkdirSync(join(root, 'data'));
	const given = join(outside, 'given');
	mkdirSync(given);
	writeFileSync(join(given, 'file'), 'given\n');
	const bind = (target: string): SpecChanges => ({root, mounts: [parseMount(`host-bind:${target}=${given},ro`)]});
	symlinkSync('/data', join(root, 'inside'));
	t.like(await see(backend, t, 'cat /data/file /inside/file', bind('/inside')), {stdout: 'given\ngiven\n', status: 0});
	for (const to of ['/proc/sys', '/dev', '/run/sandbox', '/.oldroot/etc', '/.oldroot', '/', '/sys/kernel']) {
		rmSync(join(root, 'inside'));
		symlinkSync(to, join(root, 'inside'));
		const error = await t.throwsAsync(see(backend, t, 'true', bind('/inside')), {instanceOf: ShellError});
		t.is(error?.message, `Links of the root lead from /inside to ${to}, which belongs to the sandbox itself`);
	}
});

testEach('a guest-bind shows what the links of a hostile root lead to within it', async (t, backend) => {
	const {outside, root} = makeRoot(t);
	mkdirSync(join(root, 'data'));
	writeFileSync(join(root, 'data/file'), 'inside\n');
	const shows = (source: string): SpecChanges => ({root, mounts: [parseMount(`guest-bind:/shown=${source}`)]});
	symlinkSync('/data', join(root, 'etc/link'));
	t.like(await see(backend, t, 'cat /shown/file', shows('/etc/link')), {stdout: 'inside\n', status: 0});
	for (const [to, message] of [
		[`${outside}`, 'The sandbox has no /etc/link to show at a second place'],
		['/.oldroot/etc', 'Links of the root lead from /etc/link to /.oldroot/etc, which belongs to the sandbox itself'],
		['/proc/self/fd', 'Links of the root lead from /etc/link to /proc/self/fd, which belongs to the sandbox itself'],
	] as const) {
		rmSync(join(root, 'etc/link'));
		symlinkSync(to, join(root, 'etc/link'));
		const error = await t.throwsAsync(see(backend, t, 'true', shows('/etc/link')), {instanceOf: ShellError});
		t.is(error?.message, message);
	}
});
