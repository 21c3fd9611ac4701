import {execFileSync, spawnSync} from 'node:child_process';
import {
	chmodSync,
	chownSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	readdirSync,
	readlinkSync,
	realpathSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {includeFunctions, wayOfInclude} from '../../../src/backend/guest/include-functions.ts';
import {ShellError} from '../../../src/core/errors.ts';
import type {GuestMount} from '../../../src/backend/guest/root/root-plan.ts';
import {findBusybox} from '../../../src/backend/host/busybox.ts';
import {parseMount} from '../../../src/spec/parse/parse-mount.ts';
import {mountElsewhere, testAsRoot} from '../../helpers/other-mounts.ts';

type Way = 'own' | 'shared';

const isRoot = process.getuid?.() === 0;
const owner = isRoot ? '65534:65534' : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;

function makeDirectory(t: ExecutionContext): string {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'include-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	for (const name of ['from', 'to', 'private']) mkdirSync(join(directory, name));
	return directory;
}

/** Copies `from/NAME` to a place below the directory; `before`: lines of shell, which may put functions in the place of applets. */
function bring(
	directory: string,
	{name, target, way, before = ''}: {readonly name: string; readonly target: string; readonly way: Way; readonly before?: string},
) {
	const script = `${includeFunctions}\nbusybox() { ${findBusybox()} "$@"; }\nset -f\n${before}\n(bring "$1" "$2" ${owner} ${way})`;
	const words = ['sh', '-c', script, 'sh', join(directory, 'from', name), join(directory, target)];
	return spawnSync(findBusybox(), words, {encoding: 'utf8', cwd: directory, timeout: 30_000, env: {PATH: '/nowhere'}});
}

/** Kind, mode, owner, size, time and link of all that is there, by name. */
function list(directory: string): string {
	const format = ['%P', '%y', '%m', '%U', '%s', '%T@', '%l'].join(' ');
	return execFileSync('sh', ['-c', `find . -mindepth 1 ! -type d -printf '${format}\\0' -o -mindepth 1 -printf '%P %y %m %U %T@\\0' | sort -z`], {
		cwd: directory,
		encoding: 'utf8',
	});
}

const oddNames = [
	'plain',
	' two  blanks ',
	'new\nline',
	'-n',
	"quote's",
	'double"quote',
	'*',
	'[ab]',
	'$HOME',
	'back\\slash',
	'.hidden',
	'..dots',
	'…',
	'end\n',
];

function makeTree(directory: string): void {
	const root = join(directory, 'from/tree');
	for (const path of ['', 'empty', ' a b ', ' a b /-deep', '.hidden-directory', 'closed']) mkdirSync(join(root, path), {recursive: true});
	for (const name of oddNames) for (const place of ['', ' a b /-deep', '.hidden-directory']) writeFileSync(join(root, place, name), `${place} ${name}`);
	writeFileSync(join(root, 'bytes'), Buffer.from(Array.from({length: 70_000}, (_, index) => index % 256)));
	const modes = {plain: 0o400, '-n': 0o4755, '*': 0o2711, empty: 0o2755, closed: 0o555, '.hidden': 0o000, ' a b /-deep/plain': 0o666};
	for (const [name, mode] of Object.entries(modes)) chmodSync(join(root, name), mode);
	const links = {relative: 'plain', absolute: '/etc/passwd', missing: '-no such', 'ends ': 'with a line\n', 'to directory': ' a b '};
	for (const [name, to] of Object.entries(links)) symlinkSync(to, join(root, name));
	utimesSync(join(root, 'bytes'), 1_000_000_000, 1_000_000_000);
	utimesSync(join(root, 'empty'), 1_000_000_001, 1_000_000_001);
}

for (const way of ['own', 'shared'] as const) {
	test(`a tree is copied with names, kinds, modes and times (${way})`, (t) => {
		const directory = makeDirectory(t);
		makeTree(directory);
		const {status, stdout, stderr} = bring(directory, {name: 'tree', target: 'to/new/deep er/tree', way});
		t.deepEqual([status, stdout, stderr], [0, '', '']);
		const expected = list(join(directory, 'from/tree'));
		const uid = owner.split(':')[0] ?? '';
		const found = list(join(directory, 'to/new/deep er/tree'));
		// A link's own time is not brought along.
		const plain = (text: string) => text.replaceAll(/( l \d+ )(\d+)( \d+ )[\d.]+/g, '$1$2$3').replaceAll(/\.\d+/g, '');
		// Nor do files bring bits that give rights.
		const withoutRights = (text: string) => text.replaceAll(/( f )\d(\d{3} )/g, '$1$2');
		// Where others may write a link stays root's.
		const ofLinks = way === 'own' ? uid : `${process.getuid?.() ?? 0}`;
		const unowned = plain(found)
			.replaceAll(new RegExp(`( [df] \\d+) ${uid} `, 'g'), '$1 ')
			.replaceAll(new RegExp(`( l \\d+) ${ofLinks} `, 'g'), '$1 ');
		t.is(unowned, withoutRights(plain(expected)).replaceAll(/( [dfl] \d+) \d+ /g, '$1 '));
		t.deepEqual(readFileSync(join(directory, 'to/new/deep er/tree/bytes')), readFileSync(join(directory, 'from/tree/bytes')));
		t.is(readFileSync(join(directory, 'to/new/deep er/tree/ a b /-deep/new\nline'), 'utf8'), ' a b /-deep new\nline');
		t.is(
			execFileSync('stat', ['-c', '%a %u', ...['to', 'to/new', 'to/new/deep er'].map((path) => join(directory, path))], {encoding: 'utf8'}),
			`755 ${process.getuid?.() ?? 0}\n755 ${uid}\n755 ${uid}\n`,
		);
	});

	test(`what is brought takes the place of files and links, and directories stay (${way})`, (t) => {
		const directory = makeDirectory(t);
		const [from, to, aside] = ['from/tree', 'to/tree', 'private'].map((name) => join(directory, name)) as [string, string, string];
		for (const path of [from, to, join(from, 'was-link'), join(from, 'was-file'), join(from, 'stays'), join(to, 'stays')]) mkdirSync(path);
		writeFileSync(join(aside, 'secret'), 'secret');
		for (const path of ['file', 'was-link/file', 'stays/file', 'file-of-link', 'file-of-dangling']) writeFileSync(join(from, path), 'new');
		writeFileSync(join(to, 'file'), 'old', {mode: 0o600});
		writeFileSync(join(to, 'was-file'), 'old');
		writeFileSync(join(to, 'stays/other'), 'old', {mode: 0o600});
		chmodSync(join(to, 'stays'), 0o700);
		symlinkSync(aside, join(to, 'was-link'));
		symlinkSync(join(aside, 'secret'), join(to, 'file-of-link'));
		symlinkSync(join(aside, 'made'), join(to, 'file-of-dangling'));
		symlinkSync('plain', join(from, 'link'));
		symlinkSync(aside, join(to, 'link'));
		const {status, stderr} = bring(directory, {name: 'tree', target: 'to/tree', way});
		t.deepEqual([status, stderr], [0, '']);
		t.deepEqual(readdirSync(aside), ['secret']);
		t.is(readFileSync(join(aside, 'secret'), 'utf8'), 'secret');
		for (const path of ['file', 'was-link/file', 'stays/file', 'file-of-link', 'file-of-dangling']) t.is(readFileSync(join(to, path), 'utf8'), 'new', path);
		t.is(readlinkSync(join(to, 'link')), 'plain');
		t.is(
			execFileSync('stat', ['-c', '%a %u %F', '.', 'stays', 'stays/other', 'was-file', 'stays/file'], {cwd: to, encoding: 'utf8'}),
			[
				`755 ${process.getuid?.() ?? 0} directory`,
				`700 ${process.getuid?.() ?? 0} directory`,
				`600 ${process.getuid?.() ?? 0} regular file`,
				`755 ${owner.split(':')[0] ?? ''} directory`,
				`644 ${owner.split(':')[0] ?? ''} regular file`,
				'',
			].join('\n'),
		);
	});

	test(`a file takes no directory's place, and no link is gone by (${way})`, (t) => {
		const directory = makeDirectory(t);
		mkdirSync(join(directory, 'to/directory/below'), {recursive: true});
		writeFileSync(join(directory, 'from/file'), 'new');
		symlinkSync(join(directory, 'private'), join(directory, 'to/link'));
		for (const target of ['to/directory', 'to/link/file', 'to/link/deeper/file']) {
			const {status, stdout} = bring(directory, {name: 'file', target, way});
			t.deepEqual([status === 0, stdout], [false, ''], target);
		}
		t.deepEqual([existsSync(join(directory, 'to/directory/below')), readdirSync(join(directory, 'private'))], [true, []]);
	});
}

/** What another does meanwhile, once: before an applet of ours does what it is called for. */
const meanwhile = (applet: string, deed: string): string => `${applet}() { if [ -z "$done" ]; then done=1; { ${deed}; }; fi; busybox ${applet} "$@"; }`;

for (const [what, applet, deed] of [
	['the directory becomes a link', 'cat', 'mv "$D/to/tree" "$D/to/moved"; ln -s "$D/private" "$D/to/tree"'],
	['a directory above becomes a link', 'cat', 'mv "$D/to" "$D/moved"; ln -s "$D/private" "$D/to"'],
	['a file becomes a link as it is filled', 'cat', 'rm "$D/to/tree/a"; ln -s "$D/private/secret" "$D/to/tree/a"'],
	['a file becomes a link before it gets its owner', 'chown', 'rm "$D/to/tree/a"; ln -s "$D/private/secret" "$D/to/tree/a"'],
	['a file becomes a link before it gets its mode', 'chmod', 'rm "$D/to/tree/a"; ln -s "$D/private/secret" "$D/to/tree/a"'],
	['a link lies where a file was taken away', 'rm', 'rm "$D/to/tree/b"; ln -s "$D/private/secret" "$D/to/tree/b"; busybox() { :; }'],
	['a link to nothing lies where a file was taken away', 'rm', 'rm "$D/to/tree/b"; ln -s "$D/private/made" "$D/to/tree/b"; busybox() { :; }'],
	['a link lies where a new directory goes', 'mkdir', 'busybox mkdir "$1"; ln -s "$D/private" "$D/to/tree/sub"; busybox() { :; }'],
	['a new directory becomes a link', 'mv', 'busybox mv "$@"; mv "$D/to/tree/sub" "$D/other"; ln -s "$D/private" "$D/to/tree/sub"; busybox() { :; }'],
	[
		'another directory takes the place of a new one',
		'mv',
		'busybox mv "$@"; mv "$D/to/tree/sub" "$D/other"; mv "$D/private" "$D/to/tree/sub"; ln -s to/tree/sub "$D/private"; busybox() { :; }',
	],
	['a directory becomes a link on the way back', 'touch', 'mv "$D/to/tree" "$D/private/tree"; ln -s "$D/private" "$D/to/tree"'],
] as const) {
	test(`nothing is written elsewhere when ${what} meanwhile`, (t) => {
		const directory = makeDirectory(t);
		mkdirSync(join(directory, 'from/tree/sub'), {recursive: true});
		for (const name of ['a', 'b', 'secret', 'sub/secret', 'z']) writeFileSync(join(directory, 'from/tree', name), 'new');
		mkdirSync(join(directory, 'to/tree'));
		writeFileSync(join(directory, 'to/tree/b'), 'old');
		writeFileSync(join(directory, 'private/secret'), 'secret', {mode: 0o600});
		const look = () => execFileSync('stat', ['-c', '%a %u %Y %Z', 'private/secret'], {cwd: directory, encoding: 'utf8'});
		const before = look();
		bring(directory, {name: 'tree', target: 'to/tree', way: 'shared', before: `D=${directory}\ndone=\n${meanwhile(applet, deed)}`});
		t.is(readFileSync(join(directory, 'private/secret'), 'utf8'), 'secret');
		t.is(look(), before);
		t.deepEqual(
			readdirSync(join(directory, 'private')).filter((name) => name !== 'tree'),
			['secret'],
		);
		t.true(['to/tree', 'to/moved', 'moved/tree', 'to/tree/sub'].some((path) => existsSync(join(directory, path))));
	});
}

testAsRoot('nothing is written to what has the name of a file in another mount namespace', async (t) => {
	const directory = makeDirectory(t);
	for (const path of ['from/tree', 'to/tree']) mkdirSync(join(directory, path));
	for (const [path, content] of [
		['from/tree/b', 'new'],
		['to/tree/b', 'old'],
		['private/secret', 'secret'],
	] as const)
		writeFileSync(join(directory, path), content);
	const place = join(directory, 'to/tree/b');
	const {root} = await mountElsewhere(t, {place, victim: join(directory, 'private/secret')});
	rmSync(place);
	symlinkSync(`${root}${place}`, place);
	t.is(readFileSync(place, 'utf8'), 'secret');
	// As where it takes the file's place once that was seen to be none.
	const before = `cd ${directory}/to/tree; owner=${owner}; refill ${directory}/from/tree/b b 7<./b; exit`;
	t.is(bring(directory, {name: 'tree', target: 'to/tree', way: 'shared', before}).status, 1);
	t.is(readFileSync(join(directory, 'private/secret'), 'utf8'), 'secret');
});

testAsRoot('a file that is mounted in the target is written to at its own place, whatever name it has', (t) => {
	const directory = makeDirectory(t);
	for (const path of ['from/tree', 'to/tree']) mkdirSync(join(directory, path));
	writeFileSync(join(directory, 'private/secret'), 'secret', {mode: 0o600});
	for (const name of oddNames) {
		for (const path of ['from/tree', 'to/tree']) writeFileSync(join(directory, path, name), 'new');
		writeFileSync(join(directory, 'private', `of ${name}`), 'old');
	}
	const look = (name: string) => [readFileSync(join(directory, 'private', name), 'utf8'), statSync(join(directory, 'private', name)).uid];
	// In a mount namespace of its own, where each is mounted from elsewhere; another one at a place with a link to it, and a hard link.
	const script = `${includeFunctions}
		busybox() { ${findBusybox()} "$@"; }
		set -f
		D="$1"
		shift
		for name; do busybox mount --bind "$D/private/of $name" "$D/to/tree/$name" || exit; done
		(bring "$D/from/tree" "$D/to/tree" ${owner} shared) || exit
		: >"$D/to/mounted"
		busybox mount --bind "$D/private/secret" "$D/to/mounted" || exit
		(cd "$D/to/tree" && owner=${owner} && ln -s ../mounted link && refill "$D/from/tree/plain" link 7<./link)
		[ $? = 1 ] || exit 3
		(cd "$D/to/tree" && owner=${owner} && ln "$D/private/secret" moved && refill "$D/from/tree/plain" moved 7<./moved)
		[ $? = 1 ]`;
	const words = ['--mount', '--propagation', 'private', findBusybox(), 'sh', '-c', script, 'sh', directory, ...oddNames];
	const {status, stderr} = spawnSync('unshare', words, {encoding: 'utf8', timeout: 30_000});
	t.deepEqual([status, stderr], [0, '']);
	for (const name of oddNames) t.deepEqual(look(`of ${name}`), ['new', 65534], name);
	t.deepEqual(look('secret'), ['secret', 0]);
});

testAsRoot('another’s file that is moved to the name of what is copied is neither given away nor written to', (t) => {
	for (const [kind, applet, deed] of [
		['link', 'ln', 'busybox ln "$@"; mv -f "$D/private/secret" ./link; busybox() { :; }'],
		['link', 'chown', 'mv -f "$D/private/secret" ./link'],
		['file', 'rm', 'busybox rm "$@"; mv "$D/private/secret" ./file; busybox() { :; }'],
	] as const) {
		const directory = makeDirectory(t);
		for (const path of ['from/tree', 'to/tree']) mkdirSync(join(directory, path));
		const [secret, moved] = ['private/secret', `to/tree/${kind}`].map((path) => join(directory, path)) as [string, string];
		writeFileSync(secret, 'secret', {mode: 0o600});
		if (kind === 'link') symlinkSync('plain', join(directory, 'from/tree/link'));
		else for (const path of ['from/tree', 'to/tree']) writeFileSync(join(directory, path, kind), 'new');
		bring(directory, {name: 'tree', target: 'to/tree', way: 'shared', before: `D=${directory}\ndone=\n${meanwhile(applet, deed)}`});
		const found = existsSync(secret) ? secret : moved;
		t.deepEqual([readFileSync(found, 'utf8'), statSync(found).uid, statSync(found).mode & 0o777], ['secret', 0, 0o600], applet);
	}
});

testAsRoot('another’s empty directory that is moved to the name of a new one is not given away', (t) => {
	for (const [applet, deed] of [
		['mkdir', 'busybox mkdir "$1"; mv "$D/private" "$D/to/tree/sub"'],
		['mv', 'busybox mv "$@"; mv "$D/to/tree/sub" "$D/other"; mv "$D/private" "$D/to/tree/sub"'],
	] as const) {
		const directory = makeDirectory(t);
		for (const path of ['from/tree/sub', 'to/tree']) mkdirSync(join(directory, path), {recursive: true});
		chmodSync(join(directory, 'private'), 0o700);
		const {ino} = statSync(join(directory, 'private'));
		bring(directory, {name: 'tree', target: 'to/tree', way: 'shared', before: `D=${directory}\ndone=\n${meanwhile(applet, deed)}`});
		const places = ['private', 'to/tree/sub', 'to/tree/sub/sub'].map((path) => join(directory, path)).filter((path) => existsSync(path));
		const found = places.find((path) => statSync(path).ino === ino);
		// A new directory takes the place of one that is empty.
		if (found !== undefined) t.deepEqual([statSync(found).uid, statSync(found).mode & 0o777], [0, 0o700], applet);
	}
});

test('a pipe that lies in the place of a file is not written to, and what is no file is not copied where others may write', (t) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'from/tree'));
	writeFileSync(join(directory, 'from/tree/b'), 'new');
	writeFileSync(join(directory, 'to/b'), 'old');
	const pipe = join(directory, 'private/pipe');
	execFileSync('mkfifo', [pipe]);
	// Open for reading, or the writer would wait.
	const before = `exec 6<>${pipe}\nrm() { busybox rm "$@"; ln -s ${pipe} ./b; }`;
	const {status} = bring(directory, {name: 'tree/b', target: 'to/b', way: 'shared', before});
	t.not(status, 0);
	t.is(readlinkSync(join(directory, 'to/b')), pipe);
	execFileSync('mkfifo', [join(directory, 'from/tree/pipe')]);
	t.not(bring(directory, {name: 'tree', target: 'to/tree', way: 'shared'}).status, 0);
});

test('it is copied with care where another sandbox may write too, there or below', (t) => {
	const bind = (text: string): GuestMount => {
		const cause = parseMount(text, '/');
		const {target, readonly} = cause;
		return {kind: 'bind', target, source: '/x', readonly, cause};
	};
	const ram: GuestMount = {kind: 'ram', target: '/ram', sizeKiB: 1, readonly: false, mode: 0o755, uid: 0, gid: 0, cause: undefined};
	const mounts = [ram, ...['host-bind:/named=/srv', 'host-bind:/temporary=', 'host-bind:/fixed=/srv,ro', 'host-bind:/ram/below/named=/srv'].map(bind)];
	const wayOf = (target: string) => wayOfInclude({mounts}, target, 0);
	t.deepEqual(['/named/x', '/named', '/temporary/x', '/ram/x', '/ram/below', '/ram', '/fixed/x', '/etc/x'].map(wayOf), [
		'shared',
		'shared',
		'own',
		'own',
		'shared',
		'shared',
		'own',
		'own',
	]);
	// That of an ordinary user is open to what else of that user's may write to where it lies.
	t.is(wayOfInclude({mounts}, '/temporary/x', 1000), 'shared');
	// A mount point in a shared directory may be moved there.
	const within: GuestMount = {...ram, target: '/named/ram'};
	for (const target of ['/named/ram/x', '/named/ram', '/named/x']) {
		const error = t.throws(() => wayOfInclude({mounts: [within, ...mounts]}, target, 0), {instanceOf: ShellError});
		t.is(error?.message, `Nothing is copied to ${target}: others may write to /named, and could move what is mounted at /named/ram`);
	}
});

testAsRoot('nothing is copied to what another user of the host could exchange with another mount', (t) => {
	const directory = makeDirectory(t);
	for (const name of ['to/a', 'to/b']) mkdirSync(join(directory, name));
	chmodSync(directory, 0o755);
	const root: GuestMount = {kind: 'bind', target: '/srv', source: directory, readonly: true, cause: undefined};
	const ramAt = (target: string): GuestMount => ({kind: 'ram', target, sizeKiB: 1, readonly: false, mode: 0o755, uid: 0, gid: 0, cause: undefined});
	const [a, b] = [ramAt('/srv/to/a'), ramAt('/srv/to/b')];
	const wayOf = (mounts: readonly GuestMount[], caller: number) => () => wayOfInclude({mounts}, '/srv/to/a/x', caller);
	t.notThrows(wayOf([root, a, b], process.getuid?.() ?? 0));
	chownSync(join(directory, 'to'), 65534, 65534);
	t.notThrows(wayOf([root, a], 0));
	const refused = {message: 'Nothing is copied to /srv/to/a/x: others may write to where /srv/to/a lies, and could put /srv/to/b in its place'};
	t.throws(wayOf([root, a, b], 0), refused);
});
