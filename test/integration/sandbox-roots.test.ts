// Other roots, and mounts that a root does not take, over every backend.
import {execFileSync} from 'node:child_process';
import {chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {ShellError} from '../../src/core/errors.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {container, runAlone, testEach, type TestBackend} from '../helpers/backends.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'roots-'));
	chmodSync(directory, 0o755);
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

/** What a shell script prints in a sandbox of its own with these mounts. */
async function see(backend: TestBackend, t: ExecutionContext, script: string, mounts: readonly string[]): Promise<string> {
	const {stdout, stderr} = await runAlone(backend, t, ['sh', '-c', script], {mounts: mounts.map((mount) => parseMount(mount))});
	return stdout + stderr;
}

testEach('a mount point that would need a write to the host is refused, with a way out', async (t, backend) => {
	const error = await t.throwsAsync(see(backend, t, 'true', ['ram:/usr/no-such-place/x=1M']), {instanceOf: ShellError});
	t.is(error?.message, 'The mount point /usr/no-such-place/x does not exist, and making it would write to the host');
	t.false(existsSync('/usr/no-such-place'));
});

testWithLibvirtd('an overlay is refused', async (t) => {
	const error = await t.throwsAsync(see(container, t, 'true', ['overlay:/etc=/etc']), {instanceOf: ShellError});
	t.regex(error?.message ?? '', /overlay/);
});

testEach('an image without a file system is refused', async (t, backend) => {
	const image = join(makeDirectory(t), 'image');
	writeFileSync(image, Buffer.alloc(1024 * 1024));
	const error = await t.throwsAsync(see(backend, t, 'true', [`host-image:/image=${image}`]), {instanceOf: ShellError});
	t.regex(error?.message ?? '', /holds no file system/);
});

testEach('another root serves as the guest’s, read-only, without the host’s programs', async (t, backend) => {
	const root = makeDirectory(t);
	for (const name of ['bin', 'etc', 'home/who']) {
		mkdirSync(join(root, name), {recursive: true});
	}
	cpSync('/usr/bin/busybox', join(root, 'bin/sh'));
	writeFileSync(join(root, 'etc/passwd'), 'who:x:4321:4321::/home/who:/bin/sh\n');
	chownSync(join(root, 'home/who'), 4321, 4321);
	const {stdout, stderr, status} = await runAlone(
		backend,
		t,
		['sh', '-c', 'ls /; id -u; pwd; echo $HOME; touch /home/who/x || echo refused; echo ok >/tmp/x && cat /tmp/x; exit 5'],
		{
			root,
			user: {kind: 'name', name: 'who'},
			environment: {PATH: '/bin'},
			cwd: '/home/who',
		},
	);
	t.is(stderr, 'touch: /home/who/x: Read-only file system\n');
	t.is(stdout, 'bin\ndev\netc\nhome\nproc\nrun\nsys\ntmp\n4321\n/home/who\n/home/who\nrefused\nok\n');
	t.is(status, 5);
});

testEach('a mount over /usr does not take the init’s tools away', async (t, backend) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'bin'));
	cpSync('/usr/bin/busybox', join(directory, 'bin/busybox'));
	const mounts = [parseMount(`host-bind:/usr=${directory},ro`)];
	t.deepEqual(await runAlone(backend, t, ['/usr/bin/busybox', 'ls', '/usr'], {mounts}), {status: 0, stdout: 'bin\n', stderr: ''});
});

testEach('pipes and sockets of the host are no sources, read-only or not', async (t, backend) => {
	const directory = makeDirectory(t);
	const pipe = join(directory, 'pipe');
	execFileSync('mkfifo', [pipe]);
	const socket = join(directory, 'socket');
	const server = createServer().listen(socket);
	await once(server, 'listening');
	t.teardown(() => server.close());
	for (const [mount, kind] of [
		[`host-bind:/x=${pipe},ro`, 'is a named pipe'],
		[`host-bind:/x=${socket},ro`, 'is a socket'],
		[`host-image:/x=${pipe}`, 'is neither a file nor a block device'],
	] as const) {
		const error = await t.throwsAsync(see(backend, t, 'true', [mount]), {instanceOf: ShellError});
		t.true(error?.message.includes(kind), error?.message);
	}
});
