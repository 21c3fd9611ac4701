import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ShellError} from '../../src/core/errors.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {container} from '../helpers/backends.ts';
import {runAlone} from '../helpers/run-alone.ts';
import {exec, keep} from '../helpers/kept.ts';
import {finish, runInSandbox, startTestSandbox, type SpecChanges} from '../helpers/run-sandbox.ts';

const idmap = {start: 100_000, count: 65_536};

test('with mapped ids root in a container is nobody on the host', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'idmap-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const secret = join(directory, 'secret');
	writeFileSync(secret, 'secret\n', {mode: 0o600});
	chmodSync(directory, 0o777);
	const script = `id -u; read -r _ start count </proc/self/uid_map; echo $start $count
		cat /secret/secret 2>/dev/null || echo refused; touch /secret/made; mount -o remount,rw /usr 2>/dev/null || echo refused
		touch /etc/made 2>/dev/null || echo refused; touch /tmp/made && stat -c %u /tmp/made; cat; echo err >/dev/stderr; exit 7`;
	const result = await runInSandbox(t, ['sh', '-c', script], {idmap, mounts: [parseMount(`host-bind:/secret=${directory}`)], input: 'input\n'});
	t.deepEqual(result, {status: 7, stdout: '0\n100000 65536\nrefused\nrefused\nrefused\n0\ninput\n', stderr: 'err\n'});
	t.is(statSync(join(directory, 'made')).uid, idmap.start);
});

test('root with mapped ids can change nothing that is made for its sandbox', async (t) => {
	const script =
		'cd /run/sandbox; for f in begin init 0.cmd 0.run resolv.conf; do [ -w $f ] && echo "may write $f"; done; touch made; mv init other; rm ctl.in; touch /made; mkdir /.oldroot/made; ls -A /.oldroot';
	const {stdout, stderr} = await runInSandbox(t, ['sh', '-c', script], {idmap});
	t.is(stdout, '');
	t.regex(stderr, /cannot touch 'made'[^]*cannot move 'init'[^]*cannot remove 'ctl.in'[^]*cannot touch '\/made'[^]*\/.oldroot/);
});

test('other users, temporary directories and memory are the guest’s own', async (t) => {
	const mounts = ['host-bind:/mnt=', 'ram:/fast=1M'].map((text) => parseMount(text));
	const script = 'id -u; touch /mnt/a /fast/b; stat -c %u:%g /mnt /mnt/a /fast/b';
	const sandbox = await startTestSandbox(t, {command: ['sh', '-c', script], idmap, mounts, user: {kind: 'name', name: '1234:1235'}});
	t.deepEqual(await finish(sandbox), {status: 0, stdout: '1234\n1234:1235\n1234:1235\n1234:1235\n', stderr: ''});
	t.false(existsSync(`/run/virt-sandbox/${sandbox.id}`));
});

test('what is included is copied for mapped ids, too', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'idmap-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	chmodSync(directory, 0o755);
	mkdirSync(join(directory, 'inner'));
	writeFileSync(join(directory, 'inner/file'), 'text\n');
	const includes = [
		{guest: '/tmp/tree', host: directory},
		{guest: '/tmp/way/file', host: join(directory, 'inner/file')},
	];
	const {stdout} = await runInSandbox(t, ['sh', '-c', 'cd /tmp; cat tree/inner/file way/file; stat -c %u tree/inner way/file'], {
		idmap,
		includes,
		user: {kind: 'root'},
	});
	t.is(stdout, 'text\ntext\n0\n0\n');
});

test('a kept container with mapped ids takes more commands', async (t) => {
	const kept = await keep(t, container, {idmap, command: ['sleep', '300']});
	t.deepEqual(await exec(kept, ['sh', '-c', 'cat; id -u; exit 3'], {input: 'more\n'}), {status: 3, stdout: 'more\n0\n', stderr: ''});
});

test('what cannot be mapped is refused before anything starts', async (t) => {
	const few = {start: 100_000, count: 1000};
	await t.throwsAsync(startTestSandbox(t, {command: ['true'], idmap: few, user: {kind: 'name', name: '1000'}}), {
		instanceOf: ShellError,
		message: "The command's user has the id 1000, and only 1000 ids are mapped",
	});
	await t.throwsAsync(startTestSandbox(t, {command: ['true'], idmap, mounts: [parseMount('host-bind:/mnt=/run')]}), {
		instanceOf: ShellError,
		message: /^With mapped ids \/run cannot be mounted: \S+ is mounted below it$/,
	});
});

test('a further command whose user is not mapped is refused, and the container goes on', async (t) => {
	const kept = await keep(t, container, {idmap, command: ['sleep', '300']});
	await t.throwsAsync(exec(kept, ['id'], {user: '65536'}), {message: "The command's user has the id 65536, and only 65536 ids are mapped"});
	t.like(await exec(kept, ['id', '-u'], {user: '1234'}), {status: 0, stdout: '1234\n'});
});

test('what libvirt would leave writable is not mounted, whatever way leads there', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'idmap-'));
	chmodSync(directory, 0o755);
	const mounted = join(directory, 'mounted');
	mkdirSync(mounted);
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'nosuid,mode=777', 'tmpfs', mounted]);
	t.teardown(() => {
		execFileSync('umount', [mounted]);
		rmSync(directory, {recursive: true, force: true});
	});
	writeFileSync(join(mounted, 'file'), 'mine\n');
	chmodSync(join(mounted, 'file'), 0o666);
	symlinkSync(mounted, join(directory, 'link'));
	const start = (changes: SpecChanges): Promise<unknown> => startTestSandbox(t, {command: ['sh', '-c', 'echo HACK >/x/file'], idmap, ...changes});
	const refused = {instanceOf: ShellError, code: 'refused'};
	await t.throwsAsync(start({mounts: [parseMount(`host-bind:/x=${directory}/link,ro`)]}), {...refused, message: /cannot be mounted read-only/});
	await t.throwsAsync(start({includes: [{guest: '/tmp/got', host: join(mounted, 'file')}]}), {...refused, message: /file cannot be copied in/});
	const shown = ['host-bind:/w=' + mounted, 'guest-bind:/x=/w,ro'].map((text) => parseMount(text));
	await t.throwsAsync(start({mounts: shown}), {instanceOf: ShellError, message: /left it writable$/});
	t.is(readFileSync(join(mounted, 'file'), 'utf8'), 'mine\n');
});

test('mounts of the host that others lie in are shown, and what is closed is covered with them', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'idmap-mounts-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	// The host's own, in the mount namespace of this test alone.
	const script = `
		for place in /srv /srv/sub /var/lib/libvirt /var/lib/libvirt/images; do
			mkdir -p $place && mount -t tmpfs -o mode=755 tmpfs $place && echo $place >$place/file || exit 9
		done
		mkdir /srv/covered && mount -t tmpfs tmpfs /srv/covered && mkdir /srv/covered/deep && mount -t tmpfs tmpfs /srv/covered/deep
		mount -t tmpfs -o mode=755 tmpfs /srv/covered && mkdir /srv/covered/plain && echo last >/srv/covered/plain/file
		sandbox --idmap 100000:65536 -- sh -c 'cat /srv/file /srv/sub/file /srv/covered/plain/file; ls -A /var/lib/libvirt'`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.deepEqual({status, stdout}, {status: 0, stdout: '/srv\n/srv/sub\nlast\n'}, stderr);
});

test('the owner of a ram has to be mapped', async (t) => {
	await t.throwsAsync(startTestSandbox(t, {command: ['true'], idmap, mounts: [parseMount('ram:/t=1M,uid=70000')]}), {
		message: 'The ram at /t has an owner with the id 70000, and only 65536 ids are mapped',
	});
});
