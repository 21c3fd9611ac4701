// Files and directories that a sandbox does not see, over every backend.
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {planSandbox} from '../../src/backend/sandbox.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import type {Mount} from '../../src/spec/types.ts';
import {machine, runAlone, testEach} from '../helpers/backends.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testWithMachines, testWithUserMachines} from '../helpers/machine.ts';
import {makeUser} from '../helpers/ordinary-user.ts';
import {rootCaller, runInSandbox, silentVoice} from '../helpers/run-sandbox.ts';

/** A directory of the host with a file and a directory that hold secrets, and links to both. */
function makeSecrets(t: ExecutionContext, parent = tmpdir()): string {
	const directory = mkdtempSync(join(parent, 'hide-'));
	chmodSync(directory, 0o755);
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	mkdirSync(join(directory, 'keys/deep'), {recursive: true});
	for (const name of ['secret', 'keys/secret', 'keys/deep/secret', 'shown']) writeFileSync(join(directory, name), 'secret\n');
	symlinkSync('secret', join(directory, 'to-file'));
	symlinkSync('keys', join(directory, 'to-directory'));
	return directory;
}

function mounts(...texts: readonly string[]): Mount[] {
	return texts.map((text) => parseMount(text));
}

const look = (at: string): string =>
	`cd ${at}; cat secret; ls -A keys; stat -c '%a %s' secret; stat -c %a keys; (echo x >secret) 2>/dev/null || echo refused; mkdir keys/new 2>/dev/null || echo refused; cat shown; grep -rsl secret . | sort`;
const looks = '444 0\n555\nrefused\nrefused\nsecret\n./shown\n';

testEach('what is hidden is empty and read-only, below the root, a bind, a read-only bind and a bind in memory', async (t, backend) => {
	const directory = makeSecrets(t);
	const places = ['/plain', '/fixed', '/memory/in', '/linked'];
	const script = [...places.map(look), 'wc -c </etc/shadow; ls -A /usr/share'].join('\n');
	const {stdout, stderr, status} = await runAlone(backend, t, ['sh', '-c', script], {
		mounts: mounts(
			`host-bind:/plain=${directory}`,
			`host-bind:/fixed=${directory},ro`,
			'ram:/memory=1M',
			`host-bind:/memory/in=${directory}`,
			`host-bind:/linked=${directory},ro`,
			...places.slice(0, 3).flatMap((place) => [`hide:${place}/secret`, `host-bind:${place}/keys=/dev/null`]),
			'hide:/linked/to-file',
			'hide:/linked/to-directory',
			'hide:/etc/shadow',
			'hide:/usr/share',
		),
	});
	t.deepEqual([stdout, stderr, status], [`${looks.repeat(4)}0\n`, '', 0]);
	t.is(readFileSync(join(directory, 'secret'), 'utf8'), 'secret\n');
	t.false(existsSync(join(directory, 'keys/new')));
});

testWithLibvirtd('a guest with mapped ids does not see what is hidden, nor writes to what is in its place', async (t) => {
	const directory = makeSecrets(t);
	const {stdout, stderr} = await runInSandbox(t, ['sh', '-c', look('/plain')], {
		idmap: {start: 300_000, count: 65_536},
		user: {kind: 'root'},
		mounts: mounts(`host-bind:/plain=${directory}`, 'hide:/plain/secret', 'hide:/plain/keys'),
	});
	t.deepEqual([stdout, stderr], [looks, '']);
});

testWithMachines('what is hidden below an overlay is so in its lower directory too', async (t) => {
	const directory = makeSecrets(t);
	const script = 'cd /over; cat secret; (echo x >secret) 2>/dev/null || echo refused; ls keys 2>/dev/null || echo refused; cat keys/secret 2>&1; cat shown';
	const {stdout, stderr} = await runAlone(machine, t, ['sh', '-c', script], {
		mounts: mounts(`overlay:/over=${directory}`, 'hide:/over/secret', 'hide:/over/keys'),
	});
	t.deepEqual([stdout, stderr], ['refused\nrefused\ncat: keys/secret: Object is remote\nsecret\n', '']);
});

testWithMachines('what is hidden below an overlay stays so where an earlier guest has made it anew', async (t) => {
	const directory = makeSecrets(t);
	const upper = mkdtempSync(join(tmpdir(), 'upper-'));
	t.teardown(() => rmSync(upper, {recursive: true}));
	const over = [`overlay:/over=${directory},upper=${upper}`];
	const change = 'cp -a keys copy && rm -rf keys && mv copy keys && echo new >keys/new && mv keys/deep moved && ln -s ../moved keys/deep';
	await runAlone(machine, t, ['sh', '-c', `cd /over && ${change}`], {mounts: mounts(...over)});
	t.is(readFileSync(join(upper, 'upper/keys/new'), 'utf8'), 'new\n');
	const {stdout} = await runAlone(machine, t, ['sh', '-c', 'ls -A /over/keys; cat /over/keys/*; cat /over/shown'], {
		mounts: mounts(...over, 'hide:/over/keys'),
	});
	t.is(stdout, 'secret\n');
	await t.throwsAsync(runAlone(machine, t, ['true'], {mounts: mounts(...over, 'hide:/over/keys/deep')}), {message: /mounts nothing by it/});
});

testWithUserMachines("what is hidden is no part of what an ordinary user's machine is given", async (t) => {
	const user = makeUser();
	try {
		const directory = makeSecrets(t);
		chmodSync(join(directory, 'secret'), 0o644);
		const words = [
			'-m',
			`host-bind:/fixed=${directory},ro`,
			'-m',
			'hide:/fixed/secret',
			'-m',
			'hide:/fixed/keys',
			'--',
			'sh',
			'-c',
			'cd /fixed; cat secret; ls -A keys; (echo x >secret) 2>/dev/null || echo refused; cat shown',
		];
		const {stdout, stderr, status} = await user.run('virt-sandbox', ['-c', 'qemu:///session', '--accel', 'tcg', ...words]);
		t.deepEqual([stdout, stderr, status], ['refused\nsecret\n', '', 0]);
	} finally {
		await user.end();
	}
});

const refuses = test.macro({
	async exec(t: ExecutionContext, texts: (directory: string) => readonly string[], code: string, message: RegExp) {
		const directory = makeSecrets(t);
		const spec = {...defaultSpec, uri: 'lxc:///system', command: ['true'], mounts: mounts(...texts(directory))};
		const error = await t.throwsAsync(async () => planSandbox(spec, {caller: rootCaller, voice: silentVoice}));
		t.like(error, {code});
		t.regex(error?.message ?? '', message);
	},
	title: (title) => `refused: ${title ?? ''}`,
});
test('a hide of what is not there', refuses, () => ['hide:/no-such-place'], 'not-found', /^The sandbox has no \/no-such-place to hide$/);
test('a hide of what is fresh', refuses, () => ['hide:/tmp/file'], 'not-found', /^The sandbox has no \/tmp\/file to hide$/);
test('a hide of the root', refuses, () => ['hide:/'], 'usage', /^'\/' cannot be hidden$/);
test("a hide of the kernel's own", refuses, () => ['hide:/proc/kcore'], 'usage', /belongs to the sandbox itself$/);
test(
	'a mount below what is hidden',
	refuses,
	(directory) => [`host-bind:/d=${directory}`, `host-bind:/d/keys/deep=${directory}`, 'hide:/d/keys'],
	'refused',
	/^\/d\/keys\/deep, where something is mounted, would be hidden by hide:\/d\/keys$/,
);
test(
	'a mount below what is hidden by another name',
	refuses,
	(directory) => [`host-bind:/d=${directory},ro`, `host-bind:/d/keys/deep=${directory}`, 'hide:/d/to-directory'],
	'refused',
	/^\/d\/keys\/deep, where something is mounted, would be hidden by hide:\/d\/to-directory$/,
);
test(
	'a guest-bind that would show what is hidden',
	refuses,
	() => ['hide:/etc/shadow', 'guest-bind:/again=/etc'],
	'refused',
	/^A guest-bind of \/etc would show \/etc\/shadow, which is hidden$/,
);
test(
	'a guest-bind of what is hidden itself',
	refuses,
	(directory) => [`host-bind:/d=${directory},ro`, 'hide:/d/keys', `guest-bind:/k=/d/keys`],
	'refused',
	/^A guest-bind of \/d\/keys would show \/d\/keys, which is hidden$/,
);
