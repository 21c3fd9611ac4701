// A container that an ordinary user starts by root's libvirtd: what that does as root is no more than the user may do.
import {execFileSync} from 'node:child_process';
import {chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {findBusybox} from '../../src/backend/host/busybox.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {makeUser, nobody} from '../helpers/ordinary-user.ts';
import {waitUntil} from '../helpers/wait-until.ts';
import {programPath, runProgram, type RunSettings} from '../helpers/run-program.ts';

/** A directory of the user's, and one of root's that all may read, with files that are root's. */
function makePlaces(t: ExecutionContext) {
	const user = makeUser();
	const roots = mkdtempSync(join(tmpdir(), 'roots-'));
	const own = join(user.home, 'own');
	chmodSync(roots, 0o755);
	chmodSync(user.home, 0o755);
	mkdirSync(own);
	chownSync(own, nobody, nobody);
	t.teardown(async () => {
		await user.end();
		rmSync(roots, {recursive: true, force: true});
	});
	return {
		roots,
		own,
		run: (words: readonly string[], settings: RunSettings = {}) =>
			user.run('virt-sandbox', ['-c', testLibvirtd().uri, ...words], {environment: user.environment, ...settings}),
		shell: (words: readonly string[]) => user.run('virt-sandbox-shell', ['-c', testLibvirtd().uri, ...words]),
	};
}

testWithLibvirtd('what one sandbox of a user puts in the place of a file leads the next to no more than the user may read and write', async (t) => {
	const {roots, own, run} = makePlaces(t);
	const [secret, readable] = [join(roots, 'secret'), join(roots, 'readable')];
	writeFileSync(secret, 'secret', {mode: 0o600});
	writeFileSync(readable, 'x'.repeat(1_048_576), {mode: 0o644});
	const links = `cd /own; ln -s ${secret} include; ln -s ${readable} image`;
	t.like(await run(['-m', `host-bind:/own=${own}`, '--', 'sh', '-c', links]), {status: 0, stderr: ''});
	const included = await run(['-i', `/tmp/x=${own}/include`, '--', 'cat', '/tmp/x']);
	t.is(included.status, 125);
	t.regex(included.stderr, /^virt-sandbox: The include \S+\/secret cannot be read\n/);
	const write = ['--', 'sh', '-c', 'echo evil >/dev/disk/by-tag/t'];
	const written = await run(['--disk', `file:t=${own}/image`, ...write]);
	t.is(written.status, 125);
	t.regex(written.stderr, /^virt-sandbox: The image \S+\/readable cannot be written to\n  hint: Add ro/);
	t.is((await run(['--disk', `file:t=${own}/image,ro`, ...write])).status, 2);
	t.is(readFileSync(readable, 'utf8').slice(0, 4), 'xxxx');
});

testWithLibvirtd('an image that a user may not write to stays as it is: with something to write out it is refused, read-only too', async (t) => {
	const {roots, run} = makePlaces(t);
	const image = join(roots, 'image');
	const env = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`};
	execFileSync('mkfs.ext4', ['-q', '-O', '^metadata_csum', image, '8M'], {env});
	chmodSync(image, 0o444);
	const words = ['-m', `host-image:/mnt=${image},ro`, '--', 'ls', '/mnt'];
	const clean = readFileSync(image);
	t.like(await run(words), {status: 0, stdout: 'lost+found\n'});
	t.true(readFileSync(image).equals(clean));
	const changed = (offset: number, byte: number): Buffer => Buffer.concat([clean.subarray(0, offset), Buffer.from([byte]), clean.subarray(offset + 1)]);
	const btrfs = Buffer.alloc(1_048_576);
	btrfs.write('_BHRfS_M', 0x1_0040);
	btrfs.writeBigUInt64LE(1n, 0x1_0088);
	btrfs.writeBigUInt64LE(0x1_0000_0000n, 0x1_0060);
	for (const [type, content] of [
		// needs_recovery, a file to be removed, orphan_present.
		['ext4', changed(0x460, (clean[0x460] ?? 0) | 4)],
		['ext4', changed(0x4e8, 12)],
		['ext4', changed(0x466, (clean[0x466] ?? 0) | 1)],
		['btrfs', btrfs],
	] as const) {
		writeFileSync(image, content);
		const {status, stderr} = await run(words);
		t.true(readFileSync(image).equals(content), type);
		t.is(status, 125, type);
		t.regex(stderr, new RegExp(`^virt-sandbox: The image \\S+/image \\(${type}\\) was not unmounted cleanly: `), type);
	}
});

testWithLibvirtd('nor does an include write where the user may not', async (t) => {
	const {roots, own, run} = makePlaces(t);
	writeFileSync(join(roots, 'profile'), 'root', {mode: 0o644});
	t.like(await run(['-m', `host-bind:/own=${own}`, '--', 'ln', '-s', roots, '/own/out']), {status: 0, stderr: ''});
	for (const place of ['profile', 'new', 'deep/new']) {
		const {status, stderr} = await run(['-m', `host-bind:/x=${own}/out`, '-i', `/x/${place}=/etc/passwd`, '--', 'true']);
		t.is(status, 125, place);
		t.regex(stderr, /^virt-sandbox: A file could not be copied into the sandbox\n/, place);
	}
	t.deepEqual(readdirSync(roots), ['profile']);
	t.is(readFileSync(join(roots, 'profile'), 'utf8'), 'root');
});

testWithLibvirtd('the files of a root directory, which a sandbox may have written, put a user into no group', async (t) => {
	const {roots, own, run, shell} = makePlaces(t);
	const [root, secret, name] = [join(own, 'root'), join(roots, 'secret'), `grouped-${process.pid}`];
	for (const directory of ['', 'etc', 'bin', 'in', 'proc', 'dev', 'sys', 'tmp', 'run']) mkdirSync(join(root, directory));
	copyFileSync(findBusybox(), join(root, 'bin/busybox'));
	for (const applet of ['sh', 'cat', 'id', 'sleep']) symlinkSync('busybox', join(root, 'bin', applet));
	writeFileSync(join(root, 'etc/passwd'), `me:x:${nobody}:${nobody}::/:/bin/sh\nother:x:4321:4321::/:/bin/sh\n`);
	writeFileSync(join(root, 'etc/group'), 'shadow:x:42:me,other\n');
	writeFileSync(secret, 'secret', {mode: 0o640});
	chownSync(secret, 0, 42);
	const words = ['--root', root, '-m', `host-bind:/in=${roots},ro`];
	const read = ['--', 'cat', '/in/secret'];
	for (const user of ['me', String(nobody), `${nobody}:42`]) {
		const {status, stderr} = await run([...words, '-S', user, ...read]);
		t.is(status, 125, user);
		t.regex(stderr, /^virt-sandbox: Only root can run the command of a container in other groups\n/, user);
	}
	t.like(await run([...words, '--keep', '--name', name, '--', 'sleep', '600']), {status: 0, stderr: ''});
	t.teardown(() => shell([`destroy ${name}`]));
	for (const user of ['me', 'other', '4321']) {
		const {status, stderr} = await run(['--exec', name, '-S', user, ...read]);
		t.is(status, 125, user);
		t.regex(
			stderr,
			/^virt-sandbox: The root directory's own files, .* '\S+' more rights than you have\n  hint: Give numbers, as -S (4321:4321|65534:65534)\.\n/,
			user,
		);
	}
	t.like(await run(['--exec', name, '-S', '4321:4321', '--', 'id', '-G']), {status: 0, stdout: '4321\n'});
	t.like(await run(['--exec', name, ...read]), {status: 1});
});

const odd = ['a b', 'line\nline', 'back\\slash', 'tab\t1', '-n', '*', '\u00e4'];

for (const [where, target] of [
	['in memory of its own', '/tmp/in/it'],
	['where others may write too', '/shared/in/it'],
] as const) {
	testWithLibvirtd(`an include is read with the user's own rights, ${where}`, async (t) => {
		const {roots, own, run} = makePlaces(t);
		const shared = join(roots, 'shared');
		mkdirSync(shared);
		chmodSync(shared, 0o777);
		const inner = join(own, 'inner');
		mkdirSync(inner);
		for (const name of odd) writeFileSync(join(inner, name), name, {mode: 0o640});
		for (const name of ['', ...odd]) chownSync(join(inner, name), nobody, nobody);
		chmodSync(inner, 0o750);
		const words = ['-m', `host-bind:/shared=${shared}`, '-i', `${target}=${own}`, '-i', '/tmp/file=/etc/passwd', '--'];
		const look = `cd ${target}/inner; stat -c '%a %u' . ./*; cat ./*; cmp /tmp/file /etc/passwd && stat -c '%a %u' /tmp/file`;
		const names = [...odd].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
		const {status, stdout, stderr} = await run([...words, 'env', 'LC_ALL=C', 'sh', '-c', look]);
		t.deepEqual([status, stderr], [0, '']);
		t.is(stdout, `750 ${nobody}\n${`640 ${nobody}\n`.repeat(odd.length)}${names.join('')}644 ${nobody}\n`);
		// Root's, in a directory that is the user's.
		for (const kind of ['file', 'directory']) {
			rmSync(join(shared, 'in'), {recursive: true, force: true});
			const closed = join(inner, 'closed');
			rmSync(closed, {force: true});
			if (kind === 'file') writeFileSync(closed, 'secret', {mode: 0o600});
			else mkdirSync(closed, {mode: 0o700});
			const refused = await run([...words, 'true']);
			t.is(refused.status, 125, kind);
			t.regex(refused.stderr, /^virt-sandbox: (A file could not be copied|The directory \S+ cannot be read)/, kind);
		}
	});
}

/** Opens each pipe and file of further commands that it can, for half a minute, and says which. */
const steal = `use Fcntl; $| = 1; print "begun\\n"; my $end = time + 30; my %seen;
	while (time < $end) { for my $n (2, 3) { for my $name ("in", "out", "err", "run") { for my $how (O_RDONLY, O_WRONLY) {
		next if $seen{"$n $name $how"};
		sysopen(my $file, "/run/sandbox/$n.$name", $how | O_NONBLOCK) or next;
		$seen{"$n $name $how"} = $file; print "stolen: $n.$name\\n"; syswrite $file, "echo injected\\n" if $how == O_WRONLY;
	} } } } print "over\\n"`;

testWithLibvirtd("a user's command gets at no pipe and no variable of a further command that has more rights", async (t) => {
	const {run, shell} = makePlaces(t);
	const name = `users-${process.pid}`;
	t.like(await run(['--keep', '-n', name, '--', 'perl', '-e', steal]), {status: 0});
	const log = async (): Promise<string> => (await shell(['log', name])).stdout;
	await waitUntil(async () => (await log()).includes('begun'), 'the thief has begun');
	for (const user of ['root', 'daemon']) {
		const words = ['--exec', name, '-S', user, '--env', 'SECRET=s', '--', 'sh', '-c', 'sleep 0.5; id -un; echo $SECRET; cat; echo more >&2'];
		t.deepEqual(await run(words, {input: 'input\n'}), {status: 0, stdout: `${user}\ns\ninput\n`, stderr: 'more\n'});
	}
	t.notRegex(await log(), /stolen|over/);
	t.is((await shell(['destroy', name])).status, 0);
});

testWithLibvirtd('nor does the command of the same user with fewer groups', async (t) => {
	const name = `groups-${process.pid}`;
	const [program, words] = [programPath('virt-sandbox'), ['-c', testLibvirtd().uri]];
	t.like(await runProgram(program, [...words, '--keep', '-n', name, '-S', '5:60', '--', 'perl', '-e', steal]), {status: 0});
	const log = async (): Promise<string> => (await runProgram(programPath('virt-sandbox-shell'), [...words, 'log', name])).stdout;
	await waitUntil(async () => (await log()).includes('begun'), 'the thief has begun');
	const ask = ['--exec', name, '-S', '5:42', '--env', 'SECRET=s', '--', 'sh', '-c', 'sleep 0.5; id -g; echo $SECRET; cat; echo more >&2'];
	t.deepEqual(await runProgram(program, [...words, ...ask], {input: 'input\n'}), {status: 0, stdout: '42\ns\ninput\n', stderr: 'more\n'});
	t.notRegex(await log(), /stolen|over/);
	// Nor at its terminal, which only what runs there has open.
	for (const [user, owner] of [
		['5:42', 0],
		['5:60', 5],
	] as const) {
		const terminal = openTerminal(program, [
			...words,
			'--exec',
			name,
			'-S',
			user,
			'--',
			'sh',
			'-c',
			'stat -c "owner %u" $(tty); read -r typed; echo "got $typed"',
		]);
		await terminal.see(`owner ${owner}`);
		terminal.type('typed\r');
		await terminal.see('got typed');
		t.is(await terminal.exit(), 0);
	}
	await runProgram(programPath('virt-sandbox-shell'), [...words, 'destroy', name]);
});
