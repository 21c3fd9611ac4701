import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {testWithUserMachines as test} from '../helpers/machine.ts';
import {lockDirectory} from '../helpers/locked-directory.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {makeUser, nobody} from '../helpers/ordinary-user.ts';
import {startProgram} from '../helpers/run-program.ts';
import {mountForeignFileSystem} from '../helpers/silent-file-system.ts';

const onSession = ['-c', 'qemu:///session', '--accel', 'tcg'];

test("limits that take root's control groups keep no ordinary user's machine from running, and that they hold nothing is told", async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const limited = ['--cpu-quota', '50', '--cpu-shares', '512', '--io-weight', '200'];
	const {status, stdout, stderr} = await user.run('virt-sandbox', [...onSession, ...limited, 'echo', 'runs']);
	t.deepEqual({status, stdout}, {status: 0, stdout: 'runs\n'}, stderr);
	for (const limit of ['cpu-shares', 'cpu-quota', 'io-weight']) t.regex(stderr, new RegExp(`--${limit} has no effect on this machine`));
	const script = 'new w --from untrusted; set accel tcg; run -- echo runs';
	const untrusted = await user.run('virt-sandbox-shell', ['-q', '-c', 'qemu:///session', script]);
	t.deepEqual({status: untrusted.status, stdout: untrusted.stdout}, {status: 0, stdout: 'runs\n'}, untrusted.stderr);
});

test('an ordinary user runs commands in machines of their own, and writes to what is shared with them alone', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const source = 'mkdir -p source/fixed; echo included >source/fixed/file; ln -s fixed/file source/link; chmod 400 source/fixed/file; chmod 555 source/fixed';
	execFileSync('sh', ['-c', `${source}; chown -hR ${nobody}:${nobody} source`], {cwd: user.home});
	const script = `
		cat; id -u
		for place in /data/new/copy /tmp/copy; do cat $place/link; (cd $place; stat -c '%u %a %n' . fixed fixed/file); done
		echo mine >/data/made && stat -c %u /data/made
		touch /usr/mine 2>/dev/null || echo refused
		cat /etc/shadow 2>/dev/null || echo refused
		exit 4`;
	const given = ['-m', `host-bind:/data=${user.home}`, ...['/data/new', '/tmp'].flatMap((place) => ['-i', `${place}/copy=${user.home}/source`])];
	const ended = await user.run('virt-sandbox', [...onSession, ...given, '--', 'sh', '-c', script], {input: 'input\n'});
	const copied = `included\n${nobody} 755 .\n${nobody} 555 fixed\n${nobody} 400 fixed/file\n`;
	t.deepEqual(ended, {status: 4, stdout: `input\n${nobody}\n${copied}${copied}${nobody}\nrefused\nrefused\n`, stderr: ''});
	t.is(readFileSync(join(user.home, 'made'), 'utf8'), 'mine\n');
});

test('an ordinary user’s machine does not see the state of sandboxes that have another runtime directory', async (t) => {
	const user = makeUser('/srv');
	t.teardown(() => user.end());
	const places = ['.cache/virt-sandbox/run', 'plain'];
	const make = 'mkdir -p "$@"; touch plain/there; chown -R nobody: .; chmod 700 .cache/virt-sandbox';
	execFileSync('sh', ['-c', make, 'sh', ...places], {cwd: user.home});
	// What another sandbox has there comes later.
	const script = `cd ${user.home} && echo begun && read -r _ && for at in ${places.join(' ')}; do cat $at/other/word 2>/dev/null && echo $at; done; true`;
	const [file, words] = user.as('virt-sandbox', [...onSession, '--', 'sh', '-c', script]);
	const program = startProgram(file, words, {environment: user.environment, cwd: '/'});
	await program.says('begun\n');
	execFileSync('sh', ['-c', 'for at; do mkdir "$at/other"; echo secret >"$at/other/word"; done; chown -R nobody: .', 'sh', ...places], {cwd: user.home});
	program.child.stdin.end('\n');
	t.deepEqual(await program.ended, {status: 0, stdout: 'begun\nsecret\nplain\n', stderr: ''});
});

test('what an ordinary user has taken apart is read-only in a ram as elsewhere, and neither setuid nor devices count there', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const make = 'mkdir -p part/hole/secret part/hole2 part/shared out; echo text >part/text; : >part/shared/text; cp part/text part/su';
	execFileSync('sh', ['-c', `${make}; chown -R ${nobody}:${nobody} .; chmod 6755 part/su`], {cwd: user.home});
	const script = `
		sed -n 's|.* \\(/r/d[^ ]*\\) \\([a-z]*,nosuid,nodev\\)[, ].*|\\1 \\2|p' /proc/self/mountinfo | sort
		stat -c %a /r/d/su
		for file in /r/d/text /r/d/new /r/d/hole/new /r/d/shared/text; do (echo x >$file) 2>/dev/null && echo "wrote $file"; done
		echo mine >/r/d/hole2/mine && cat /r/d/text`;
	const part = join(user.home, 'part');
	const given = ['ram:/r=1M', `host-bind:/r/d=${part},ro`, 'hide:/r/d/hole', `host-bind:/r/d/hole2=${join(user.home, 'out')},rw`];
	const ended = await user.run('virt-sandbox', [...onSession, '-p', ...given.flatMap((mount) => ['-m', mount]), '--', 'sh', '-c', script]);
	const mounts = ['/r/d ro', '/r/d/hole2 rw', '/r/d/shared ro'].map((each) => `${each},nosuid,nodev\n`).join('');
	t.deepEqual(ended, {status: 0, stdout: `${mounts}755\ntext\n`, stderr: ''});
	t.is(readFileSync(join(user.home, 'out/mine'), 'utf8'), 'mine\n');
});

test('an ordinary user may write to a directory of a project that else is fixed, all of which is there', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	execFileSync('sh', ['-c', `mkdir -p project/out; head -c 2000000 /dev/zero >project/large; chown -R ${nobody}:${nobody} .`], {cwd: user.home});
	const project = join(user.home, 'project');
	const given = ['-m', `host-bind:/p=${project},ro`, '-m', `host-bind:/p/out=${project}/out`];
	const script = 'wc -c </p/large; echo built >/p/out/made; (: >/p/new) 2>/dev/null || echo refused';
	const ended = await user.run('virt-sandbox', [...onSession, ...given, '--', 'sh', '-c', script]);
	t.deepEqual(ended, {status: 0, stdout: '2000000\nrefused\n', stderr: ''});
	t.is(readFileSync(join(project, 'out/made'), 'utf8'), 'built\n');
	chownSync(project, 0, 0);
	for (const mode of [0o711, 0o700]) {
		chmodSync(project, mode);
		const refused = await user.run('virt-sandbox', [...onSession, ...given.slice(0, 2), '--', 'true']);
		t.like(refused, {status: 125, stdout: ''});
		t.true(refused.stderr.startsWith(`virt-sandbox: ${project} cannot be shared by 9p: this user may not open it\n`), refused.stderr);
	}
});

test('what is copied for an ordinary user, and what is taken apart, stays theirs: a home that is closed to others, a file of their own in it', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const make = 'mkdir -p closed/keys closed/shown; echo key >closed/keys/key; echo note >closed/note; echo shown >closed/shown/file; echo given >given';
	execFileSync(
		'sh',
		[
			'-c',
			`${make}; chmod 700 closed; chmod 600 closed/note given; touch -d @1234567890 given closed/note closed/shown closed; chown -R ${nobody}:${nobody} .`,
		],
		{cwd: user.home},
	);
	const closed = join(user.home, 'closed');
	const given = [
		`host-bind:/c=${closed},ro`,
		'hide:/c/keys',
		`host-bind:/given=${join(user.home, 'given')},ro`,
		`host-bind:/c/shown/file=${join(user.home, 'given')},ro`,
	];
	const script = 'stat -c "%a %u %Y %n" /c /c/note /given /c/shown; cat /c/note /given /c/shown/file; ls -A /c/keys; (: >/c/new) 2>/dev/null || echo refused';
	const ended = await user.run('virt-sandbox', [...onSession, ...given.flatMap((mount) => ['-m', mount]), '--', 'sh', '-c', script]);
	const stats = ['700 /c', '600 /c/note', '600 /given', '755 /c/shown'].map((each) => each.replace(' ', ` ${nobody} 1234567890 `)).join('\n');
	t.deepEqual(ended, {status: 0, stdout: `${stats}\nnote\ngiven\ngiven\nrefused\n`, stderr: ''});
});

test('another user who has something mounted in their home, and whoever looks there wait for ever, holds up no machine', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const homes = mkdtempSync('/srv/homes-');
	t.teardown(() => rmSync(homes, {recursive: true, force: true}));
	chmodSync(homes, 0o755);
	for (const name of ['theirs', 'locked']) {
		mkdirSync(join(homes, name));
		writeFileSync(join(homes, name, 'file'), '');
		chownSync(join(homes, name), 65_533, 65_533);
	}
	await mountForeignFileSystem(t, join(homes, 'theirs/mounted'));
	for (const name of ['theirs', 'locked']) await lockDirectory(t, join(homes, name));
	const ended = await user.run('virt-sandbox', [...onSession, '-v', '--', 'ls', '-A', homes, join(homes, 'theirs')]);
	t.like(ended, {status: 0, stdout: `${homes}:\nlocked\ntheirs\n\n${homes}/theirs:\n`});
	t.true(ended.stderr.includes(`The machine lacks ${homes}/theirs: `), ended.stderr);
});

/** Maps a file of 4096 bytes shared and writable, and writes through it and beside it: PROT_READ | PROT_WRITE, MAP_SHARED. */
const mapping = `
	open(my $file, "+<", $ARGV[0]) or die "open: $!";
	my $at = syscall(9, 0, 4096, 3, 1, fileno($file), 0);
	$at > 0 or die "mmap: $!";
	pipe(my $from, my $to); syswrite($to, "mapped");
	syscall(0, fileno($from), $at, 6) == 6 or die "read: $!";
	sysread($file, my $seen, 6); print "$seen\\n";
	sysseek($file, 100, 0); syswrite($file, "written");
	pipe($from, $to); syscall(1, fileno($to), $at + 100, 7); sysread($from, $seen, 7); print "$seen\\n";
`;

test('what is shared by 9p can be mapped shared, and what is written there is on the host when the command has ended', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const [mapped, changing] = ['mapped', 'changing'].map((name) => join(user.home, name));
	writeFileSync(mapped ?? '', Buffer.alloc(4096, '.'));
	writeFileSync(changing ?? '', 'first\n');
	for (const path of [mapped, changing]) chownSync(path ?? '', nobody, nobody);
	const words = [
		'--keep',
		'--name',
		'mapping',
		'-m',
		`host-bind:/data=${user.home}`,
		'-m',
		`host-bind:/fixed=${user.home},ro`,
		'--',
		'sh',
		'-c',
		'exec sleep 300 </data/changing',
	];
	t.is((await user.run('virt-sandbox', [...onSession, ...words])).status, 0);
	const exec = (...command: readonly string[]) => user.run('virt-sandbox', ['--exec', 'mapping', '--', ...command]);
	t.deepEqual(await exec('perl', '-e', mapping, '/data/mapped'), {status: 0, stdout: 'mapped\nwritten\n', stderr: ''});
	t.is(readFileSync(mapped ?? '', 'latin1'), `mapped${'.'.repeat(94)}written${'.'.repeat(4096 - 107)}`);
	// What the host writes is seen, in a file that is open too.
	t.like(await exec('cat', '/data/changing', '/fixed/changing'), {stdout: 'first\nfirst\n'});
	writeFileSync(changing ?? '', 'second one\n');
	t.like(await exec('sh', '-c', 'cat /data/changing; echo third >>/data/changing'), {stdout: 'second one\n'});
	t.is(readFileSync(changing ?? '', 'utf8'), 'second one\nthird\n');
	// Where the guest may only read, too, and of names.
	renameSync(mapped ?? '', join(user.home, 'renamed'));
	t.like(await exec('sh', '-c', 'cat /fixed/changing; ls /fixed/mapped /fixed/renamed'), {stdout: 'second one\nthird\n/fixed/renamed\n'});
	t.is((await user.run('virt-sandbox-shell', ['-c', 'qemu:///session', 'destroy mapping'])).status, 0);
});

test("an ordinary user's kept machine takes commands of exec, with a terminal too, and stops", async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const kept = await user.run('virt-sandbox', [...onSession, '--keep', '--name', 'of-nobody', '--consoles', '1', '--', 'sleep', '300']);
	t.like(kept, {status: 0, stdout: 'of-nobody\n'});
	const inside = ['-c', 'qemu:///session', '--exec', 'of-nobody', '--'];
	t.deepEqual(await user.run('virt-sandbox', [...inside, 'sh', '-c', 'cat; echo oops >&2; exit 5'], {input: 'more\n'}), {
		status: 5,
		stdout: 'more\n',
		stderr: 'oops\n',
	});
	const [file, words] = user.as('virt-sandbox', [...inside, 'sh', '-c', 'stty size; read line; echo "got $line"; exit 6']);
	const terminal = openTerminal(file, words, {environment: user.environment, cwd: '/'});
	t.teardown(() => terminal.close());
	await terminal.see('24 80');
	terminal.type('word\r');
	await terminal.see('got word');
	t.is(await terminal.exit(), 6);
	t.is((await user.run('virt-sandbox-shell', ['-c', 'qemu:///session', 'stop of-nobody'])).status, 0);
});

/** What another user does to a directory after it was opened so many times and `afterMs` more: puts a link in its place, and takes that away again after `backMs`, if it is to. */
const leading = `
	my ($directory, $to, $opens, $after, $back) = @ARGV;
	my $inotify = syscall(294, 0);
	syscall(254, $inotify, $directory, 0x20) >= 0 or die "inotify: $!";
	$| = 1; print "looks\\n";
	for (1 .. $opens) { syscall(0, $inotify, my $event = "\\0" x 16, 16) > 0 or die "read: $!" }
	select undef, undef, undef, $after / 1000;
	rename $directory, "$directory.old" and symlink $to, $directory or die "rename: $!";
	exit if $back == 0;
	select undef, undef, undef, $back / 1000;
	unlink $directory and rename "$directory.old", $directory;
`;

interface Leading {
	readonly opens: number;
	readonly afterMs: number;
	readonly backMs: number;
}

/** A directory of another user's, `mine` and `other` in it; who looks at `mine` is led to a place. */
async function leadElsewhere(t: ExecutionContext, to: string, {opens, afterMs, backMs}: Leading): Promise<string> {
	const directory = mkdtempSync('/srv/led-');
	t.teardown(() => rmSync(directory, {recursive: true}));
	mkdirSync(join(directory, 'other'));
	const mine = join(directory, 'mine');
	mkdirSync(mine);
	writeFileSync(join(mine, 'file'), 'mine\n');
	execFileSync('chmod', ['-R', 'a+rwX', directory]);
	execFileSync('chown', ['-R', '65533:65533', directory]);
	const child = spawn('perl', ['-e', leading, mine, to, ...[opens, afterMs, backMs].map(String)], {
		stdio: ['ignore', 'pipe', 'inherit'],
		uid: 65_533,
		gid: 65_533,
	});
	t.teardown(() => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
	return mine;
}

for (const [what, mounts, leads] of [
	['that is mounted', ['host-bind:/x=MINE,ro'], {opens: 1, afterMs: 50, backMs: 0}],
	['of two that are the same', ['host-bind:/x=MINE,ro', 'host-bind:/y=MINE'], {opens: 2, afterMs: 0, backMs: 20}],
] as const) {
	test(`no directory ${what} is led elsewhere by another user while an ordinary user's machine starts`, async (t) => {
		const user = makeUser();
		t.teardown(() => user.end());
		execFileSync('sh', ['-c', `mkdir -m 700 secret; echo secret >secret/file; chown -R ${nobody}:${nobody} secret`], {cwd: user.home});
		const secret = join(user.home, 'secret');
		// Their libvirtd runs by then, so that it is QEMU that the second who looks is.
		t.is((await user.run('virt-sandbox', [...onSession, '--', 'true'])).status, 0);
		const mine = await leadElsewhere(t, secret, leads);
		const binds = mounts.flatMap((mount) => ['-m', mount.replace('MINE/..', dirname(mine)).replace('MINE', mine)]);
		const script = `cat /x/file /y/file ${mine}/file; echo led | tee /x/made /y/made`;
		const {status, stdout, stderr} = await user.run('virt-sandbox', [...onSession, ...binds, '--', 'sh', '-c', script]);
		t.false(existsSync(join(secret, 'made')));
		// Who puts the directory back may be done with it before QEMU looks.
		if (leads.backMs > 0 && status === 1) {
			t.is(stdout, 'mine\nmine\nmine\nled\n');
			return;
		}
		t.deepEqual({status, stdout}, {status: 125, stdout: ''}, stderr);
		t.true(stderr.includes(`The way to ${mine} changed while the machine started`), stderr);
	});
}

test('what of the root another user could lead elsewhere is not there, beside what an ordinary user has hidden', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const mine = await leadElsewhere(t, user.home, {opens: 1, afterMs: 0, backMs: 0});
	const words = [...onSession, '-m', `hide:${dirname(mine)}/other`, '--', 'ls', '-A', dirname(mine)];
	t.deepEqual(await user.run('virt-sandbox', words), {status: 0, stdout: 'other\n', stderr: ''});
});
