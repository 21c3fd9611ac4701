import {execFileSync} from 'node:child_process';
import {chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {ShellError} from '../../src/core/errors.ts';
import {parseMount} from '../../src/spec/parse-mount.ts';
import type {Mount} from '../../src/spec/types.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {runInSandbox, type SpecChanges} from '../helpers/run-sandbox.ts';

const nobody: SpecChanges = {user: {kind: 'name', name: '65534:65534'}};

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'mounts-'));
	chmodSync(directory, 0o755);
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

/** What a shell script prints in a sandbox with these mounts. */
async function see(t: ExecutionContext, script: string, mounts: readonly string[], changes: SpecChanges = {}): Promise<string> {
	const {stdout, stderr} = await runInSandbox(t, ['sh', '-c', script], {mounts: mounts.map((mount) => parseMount(mount)), ...changes});
	return stdout + stderr;
}

test('a host directory is seen and written to; read-only it is only seen', async (t) => {
	const directory = makeDirectory(t);
	writeFileSync(join(directory, 'file'), 'content\n');
	t.is(
		await see(t, 'cat /data/file; echo new >/data/new; echo more >/fixed/new', [`host-bind:/data=${directory}`, `host-bind:/fixed=${directory},ro`]),
		'content\nsh: 1: cannot create /fixed/new: Read-only file system\n',
	);
	t.is(readFileSync(join(directory, 'new'), 'utf8'), 'new\n');
});

test('a host file is mounted over a file', async (t) => {
	const directory = makeDirectory(t);
	writeFileSync(join(directory, 'hosts'), '127.0.0.1 elsewhere\n');
	t.is(await see(t, 'cat /etc/hosts', [`host-bind:/etc/hosts=${join(directory, 'hosts')},ro`]), '127.0.0.1 elsewhere\n');
});

test('a target behind a link of the host is mounted where the link leads', async (t) => {
	const directory = makeDirectory(t);
	writeFileSync(join(directory, 'here'), '');
	t.is(await see(t, 'ls /var/run/inner /run/inner', [`host-bind:/var/run/inner=${directory}`]), '/run/inner:\nhere\n\n/var/run/inner:\nhere\n');
});

test('a temporary directory is fresh, the command’s own, and gone afterwards', async (t) => {
	const script = 'touch /scratch/mine /home/a/b 2>&1; stat -c "%U %a" /scratch; ls -A /scratch';
	t.is(await see(t, script, ['host-bind:/scratch='], nobody), "touch: cannot touch '/home/a/b': No such file or directory\nnobody 755\nmine\n");
	t.deepEqual(execFileSync('find', ['/var/tmp', '-maxdepth', '1', '-name', 'virt-sandbox-*', '-newer', '/proc/self/stat'], {encoding: 'utf8'}), '');
});

test('a ram mount has its size, mode and owner', async (t) => {
	t.is(
		await see(
			t,
			'df -k --output=size,target /r /private | tail -n 2; stat -c "%u %g %a" /r /private; touch /r/x',
			['ram:/r=4M', 'ram:/private=1M,uid=12,gid=34,mode=0700'],
			nobody,
		),
		'     4096 /r\n     1024 /private\n0 0 1777\n12 34 700\n',
	);
});

test('a guest-bind shows a path of the guest at a second place', async (t) => {
	t.is(
		await see(t, 'echo there >/r/file; cat /again/file; echo x >/fixed/y', ['ram:/r=1M', 'guest-bind:/again=/r', 'guest-bind:/fixed=/r,ro']),
		'there\nsh: 1: cannot create /fixed/y: Read-only file system\n',
	);
});

test('mounts in mounts are made whatever their order', async (t) => {
	const directory = makeDirectory(t);
	writeFileSync(join(directory, 'here'), '');
	t.is(await see(t, 'ls /r /r/deep/er', [`host-bind:/r/deep/er=${directory}`, 'ram:/r=1M']), '/r:\ndeep\n\n/r/deep/er:\nhere\n');
});

test('a mount point that would need a write to the host is refused, with a way out', async (t) => {
	const error = await t.throwsAsync(see(t, 'true', ['ram:/usr/no-such-place/x=1M']), {instanceOf: ShellError});
	t.is(error?.message, 'The mount point /usr/no-such-place/x does not exist, and making it would write to the host');
	t.false(existsSync('/usr/no-such-place'));
});

test('an overlay is refused', async (t) => {
	const error = await t.throwsAsync(see(t, 'true', ['overlay:/etc=/etc']), {instanceOf: ShellError});
	t.regex(error?.message ?? '', /overlay/);
});

test('an image is mounted through a loop device', async (t) => {
	const directory = makeDirectory(t);
	const image = join(directory, 'image');
	const content = join(directory, 'content');
	mkdirSync(content);
	writeFileSync(join(content, 'hello'), 'from the image\n');
	execFileSync('mkfs.ext4', ['-q', '-d', content, image, '4M'], {env: {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`}});
	t.is(await see(t, 'cat /image/hello; echo x >/image/new && cat /image/new', [`host-image:/image=${image}`]), 'from the image\nx\n');
	t.is(await see(t, 'cat /image/new; touch /image/other 2>/dev/null || echo refused', [`host-image:/image=${image},ro`]), 'x\nrefused\n');
});

test('an image without a file system is refused', async (t) => {
	const image = join(makeDirectory(t), 'image');
	writeFileSync(image, Buffer.alloc(1024 * 1024));
	const error = await t.throwsAsync(see(t, 'true', [`host-image:/image=${image}`]), {instanceOf: ShellError});
	t.regex(error?.message ?? '', /holds no file system/);
});

test('disks are found by their tags, and belong to the command', async (t) => {
	const directory = makeDirectory(t);
	for (const name of ['one', 'two']) {
		writeFileSync(join(directory, name), Buffer.concat([Buffer.from(`disk ${name}\n`), Buffer.alloc(1024 * 1024)]));
	}
	const disks = [
		{type: 'file', tag: 'first', source: join(directory, 'one'), format: undefined, readonly: false},
		{type: 'file', tag: 'second one', source: join(directory, 'two'), format: 'raw', readonly: true},
	] as const;
	const script =
		'head -n 1 /dev/disk/by-tag/first "/dev/disk/by-tag/second one" 2>&1; echo changed | dd of=/dev/disk/by-tag/first conv=notrunc,fsync 2>/dev/null; echo $?';
	t.is(await see(t, script, [], {...nobody, disks}), '==> /dev/disk/by-tag/first <==\ndisk one\n\n==> /dev/disk/by-tag/second one <==\ndisk two\n0\n');
	t.is(readFileSync(join(directory, 'one'), 'latin1').slice(0, 8), 'changed\n');
});

test('includes are copied in, with what is in them, and belong to the command', async (t) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'tree', 'below'), {recursive: true});
	writeFileSync(join(directory, 'tree', 'below', 'file'), 'deep\n');
	symlinkSync('below/file', join(directory, 'tree', 'link'));
	writeFileSync(join(directory, 'single'), 'single\n', {mode: 0o640});
	const includes = [
		{guest: '/work-place/new/dir/copy', host: join(directory, 'tree')},
		{guest: '/tmp/single', host: join(directory, 'single')},
	];
	const script =
		'cat /work-place/new/dir/copy/link /tmp/single; stat -c "%u %a %N" /tmp/single /work-place/new /work-place/new/dir/copy/below/file; echo changed >/tmp/single';
	t.is(
		await see(t, script, ['host-bind:/work-place='], {...nobody, includes}),
		"deep\nsingle\n65534 640 '/tmp/single'\n65534 755 '/work-place/new'\n65534 644 '/work-place/new/dir/copy/below/file'\n",
	);
	t.is(readFileSync(join(directory, 'single'), 'utf8'), 'single\n');
});

test('another root serves as the guest’s, read-only, without the host’s programs', async (t) => {
	const root = makeDirectory(t);
	for (const name of ['bin', 'etc', 'home/who']) {
		mkdirSync(join(root, name), {recursive: true});
	}
	cpSync('/usr/bin/busybox', join(root, 'bin/sh'));
	writeFileSync(join(root, 'etc/passwd'), 'who:x:4321:4321::/home/who:/bin/sh\n');
	chownSync(join(root, 'home/who'), 4321, 4321);
	const {stdout, stderr, status} = await runInSandbox(
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

test('a mount over /usr does not take the init’s tools away', async (t) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'bin'));
	cpSync('/usr/bin/busybox', join(directory, 'bin/busybox'));
	const mounts: Mount[] = [parseMount(`host-bind:/usr=${directory},ro`)];
	t.deepEqual(await runInSandbox(t, ['/usr/bin/busybox', 'ls', '/usr'], {mounts}), {status: 0, stdout: 'bin\n', stderr: ''});
});

test('a mount of the host below one of its directories is seen too', async (t) => {
	const nested = execFileSync('findmnt', ['-rno', 'TARGET', '-t', 'tmpfs,ext4'], {encoding: 'utf8'})
		.split('\n')
		.find((path) => path.lastIndexOf('/') > 0 && !/^\/(?:proc|sys|dev|run|tmp|var)\//.test(path));
	if (nested === undefined) {
		t.pass('this host has none');
		return;
	}
	t.is(await see(t, `stat -c %i ${nested}`, []), `${statSync(nested).ino}\n`);
});

test('a guest-bind of a file, and one of a directory that is made for another mount', async (t) => {
	const directory = makeDirectory(t);
	const mounts = ['ram:/r=1M', `host-bind:/r/deep/er=${directory}`, 'guest-bind:/again=/r/deep', 'guest-bind:/single=/etc/hostname'];
	t.is(await see(t, 'ls /again; cmp /single /etc/hostname && echo equal', mounts), 'er\nequal\n');
});

test('pipes and sockets of the host are no sources, read-only or not', async (t) => {
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
		const error = await t.throwsAsync(see(t, 'true', [mount]), {instanceOf: ShellError});
		t.true(error?.message.includes(kind), error?.message);
	}
});
