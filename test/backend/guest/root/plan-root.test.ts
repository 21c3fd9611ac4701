import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {planRoot} from '../../../../src/backend/guest/root/plan-root.ts';
import {ShellError} from '../../../../src/core/errors.ts';
import {planResolver} from '../../../../src/backend/guest/network-script.ts';
import {planMountPoints} from '../../../../src/backend/container/mounts/mount-points.ts';
import {locateForCopy} from '../../../../src/backend/guest/root/locate-in-root.ts';
import {parseMountTable, type KnownMount} from '../../../../src/backend/host/mounts/mount-table.ts';
import {waysFor} from '../../../../src/backend/host/mounts/waiting-mounts.ts';
import {findUnseenPlaces} from '../../../../src/backend/host/mounts/unseen-places.ts';
import {type RootPlan} from '../../../../src/backend/guest/root/root-plan.ts';
import {defaultSpec} from '../../../../src/spec/default-spec.ts';
import {parseMount} from '../../../../src/spec/parse/parse-mount.ts';
import {waitUntil} from '../../../helpers/wait-until.ts';

function makeRoot(t: ExecutionContext): string {
	const root = mkdtempSync(join(tmpdir(), 'root-plan-'));
	t.teardown(() => rmSync(root, {recursive: true, force: true}));
	mkdirSync(join(root, 'etc'));
	return root;
}

function plan(root: string, mounts: readonly string[] = []): RootPlan {
	return planRoot({...defaultSpec, root, mounts: mounts.map((text) => parseMount(text))}, [], () => '');
}

/** A table of a host that has memory mounted at each place, one after the other. */
function mountsAt(...places: readonly string[]): KnownMount[] {
	return places.map((mountPoint, index) => ({
		id: String(index + 2),
		parent: '1',
		device: `0:${index}`,
		root: '/',
		source: 'tmpfs',
		mountPoint,
		fileSystem: 'tmpfs',
		readonly: false,
		flags: [],
		options: [],
	}));
}

test('the resolver is where the links of the root lead within it, and nowhere in what is the sandbox’s own', (t) => {
	for (const [to, resolver] of [
		['servers', {kind: 'bind', target: '/etc/servers', within: undefined}],
		['../../../etc/servers', {kind: 'bind', target: '/etc/servers', within: undefined}],
		['/run/systemd/resolve/stub', {kind: 'link', target: '/run/systemd/resolve/stub', within: undefined}],
		['/run/sandbox/init', undefined],
		['../proc/sys/kernel/core_pattern', undefined],
		['/.oldroot/etc/hosts', undefined],
		['/nothing', undefined],
	] as const) {
		const root = makeRoot(t);
		writeFileSync(join(root, 'etc/servers'), '');
		symlinkSync(to, join(root, 'etc/resolv.conf'));
		t.deepEqual(planResolver(plan(root)), resolver, to);
	}
});

test('no resolver is put where no plan looks', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	writeFileSync(join(root, 'etc/resolv.conf'), '');
	symlinkSync('/.oldroot/etc/nologin', join(given, 'resolv.conf'));
	t.is(planResolver(plan(root, [`host-bind:/given=${given},ro`, 'guest-bind:/etc=/given'])), undefined);
});

test('no resolver is put, and no ram gets a mode by its path, where others could move what is mounted', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	for (const etc of [join(root, 'etc'), given]) {
		mkdirSync(join(etc, 'memory'));
		symlinkSync('/etc/memory/resolv.conf', join(etc, 'resolv.conf'));
	}
	writeFileSync(join(root, 'file'), '');
	const ram = 'ram:/etc/memory=1M';
	t.deepEqual(planResolver(plan(root, [ram])), {kind: 'link', target: '/etc/memory/resolv.conf', within: '/etc/memory'});
	const shared = plan(root, [`host-bind:/etc=${given}`, ram, `host-bind:/etc/memory/sub/file=${root}/file`]);
	t.is(planResolver(shared), undefined);
	// The mode of what was asked for is set where it is mounted alone.
	const made = planMountPoints(shared, undefined).root.mounts.find(({target}) => target === '/etc/memory/sub');
	t.is(made?.cause?.target, '/etc/memory');
});

test('the way to a mount in a ram leads through what is mounted in that, links and all', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	symlinkSync('/.oldroot/etc', join(given, 'out'));
	for (const mount of ['ram:/tmp/a/b/out/new=1M', `host-bind:/tmp/a/b/out/x=${given}`, 'guest-bind:/mnt=/tmp/a/b/out']) {
		const error = t.throws(() => plan(root, [`host-bind:/tmp/a/b=${given},ro`, mount]), {instanceOf: ShellError});
		t.regex(error?.message ?? '', /^Links of the root lead from \S+ to \/\.oldroot\/etc\S*, which belongs to the sandbox itself$/);
	}
	const planned = plan(root, [`host-bind:/tmp/a/b=${given},ro`, 'guest-bind:/again=/tmp/a']);
	t.like(
		planned.mounts.find(({target}) => target === '/again'),
		{source: '/tmp/a'},
	);
});

test('a guest-bind shows nothing whose way somebody else could change, however much is mounted between, writable or not', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	for (const name of ['w', 'w/in', 'w/in/doc']) mkdirSync(join(given, name));
	symlinkSync('/etc', join(given, 'to-etc'));
	for (const [access, hint] of [
		['', `Show the same by host-bind:/shown=${given}/w`],
		[',ro', `Show the same by host-bind:/shown=${given}/w,ro`],
	] as const) {
		const around = `host-bind:/mnt=${given}${access}`;
		const inner = `host-bind:/mnt/w/in=${given}/w/in,ro`;
		for (const [source, mounts] of [
			['/mnt/w', [around]],
			['/mnt/w/in', [around, inner]],
			['/mnt/w/in/doc', [around, inner]],
		] as const) {
			const error = t.throws(() => plan(root, [...mounts, `guest-bind:/shown=${source}`]), {instanceOf: ShellError});
			t.is(error?.message, `${source} lies in what is mounted at /mnt: whoever writes there could lead the guest-bind elsewhere`);
			if (mounts.length === 1) t.is(error?.hint, hint);
		}
		t.notThrows(() => plan(root, [`host-bind:/mnt=${given}${access}`, 'guest-bind:/shown=/mnt']));
	}
	const byLink = t.throws(() => plan(root, [`host-bind:/mnt=${given}`, 'guest-bind:/shown=/mnt/to-etc']), {instanceOf: ShellError});
	t.is(byLink?.hint, 'Show /mnt itself, or a place outside of it');
});

test('nobody looks at what a temporary directory will be', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	symlinkSync('/etc', join(given, 'bin'));
	const mounts = ['host-bind:/t=', 'ram:/t/bin/deep=1M'].map((text) => parseMount(text));
	const {mounts: planned} = planRoot({...defaultSpec, root, mounts}, [], () => given);
	t.true(planned.some(({target}) => target === '/t/bin/deep'));
});

test('what lies beneath a mount of the host is nothing that a plan has seen', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	for (const name of ['mnt', 'mnt/x', 'mnt/x/y']) mkdirSync(join(given, name));
	const table = mountsAt(join(given, 'mnt'));
	const planOf = (...mounts: readonly string[]): RootPlan =>
		planRoot({...defaultSpec, root, mounts: [`host-bind:/d=${given},ro`, ...mounts].map((text) => parseMount(text))}, table, () => '');
	for (const [mount, message] of [
		['guest-bind:/shown=/d/mnt/x', '/d/mnt/x lies in what is mounted at /d: whoever writes there could lead the guest-bind elsewhere'],
		['ram:/d/mnt/x=1M', 'The mount point /d/mnt/x does not exist, and making it would write to the host'],
		['hide:/d/mnt/x', 'The sandbox has no /d/mnt/x to hide'],
	] as const) {
		t.is(t.throws(() => planOf(mount), {instanceOf: ShellError})?.message, message);
	}
	t.notThrows(() => planOf('ram:/d/mnt=1M'));
});

test('a mount of the host whose name no XML can hold is left out, and told of', (t) => {
	const root = makeRoot(t);
	const planOf = (name: string): RootPlan => planRoot({...defaultSpec, root}, mountsAt(join(root, 'etc', name)), () => '');
	t.deepEqual(planOf('a\u001b]0;b').hidden, ['/etc/a\u001b]0;b']);
	t.deepEqual(planOf('a\ufffd').hidden, ['/etc/a\ufffd']);
	t.like(planOf('plain'), {hidden: []});
	t.true(planOf('plain').mounts.some(({target}) => target === '/etc/plain'));
	t.false(planOf('a\u001b').mounts.some(({target}) => target.startsWith('/etc/a')));
});

test('what is mounted where a program of another user answers is taken for a directory, and nobody asks what it is', (t) => {
	const root = realpathSync(makeRoot(t));
	mkdirSync(join(root, 'srv/user'), {recursive: true});
	for (const name of ['served', 'other']) writeFileSync(join(root, 'srv/user', name), '');
	const places = ['served', 'other'].map((name) => join(root, 'srv/user', name));
	const [served, other] = mountsAt(...places);
	const table = [served, other].flatMap((mount, index) =>
		mount === undefined ? [] : {...mount, fileSystem: index === 0 ? 'fuse.sshfs' : 'ext4', options: ['user_id=4242']},
	);
	const hides = ['served', 'other'].map((name) => parseMount(`hide:/srv/user/${name}`));
	const planned = planRoot({...defaultSpec, root, mounts: hides}, table, () => '', {...waysFor(0, table), isOthers: () => true});
	const hidden = planned.mounts.flatMap((mount) => (mount.kind === 'hide' && mount.cause !== undefined ? `${mount.target} ${mount.of}` : []));
	t.deepEqual(hidden, ['/srv/user/served directory', '/srv/user/other file']);
});

test('a mount of the host that shows a place which no sandbox sees is left out, and told of, at the top too', (t) => {
	const root = makeRoot(t);
	for (const name of ['top', 'other', 'srv/run', 'srv/data']) mkdirSync(join(root, name), {recursive: true});
	const table = parseMountTable(
		[
			'1 1 8:1 / / rw - ext4 /dev/sda1 rw',
			'2 1 0:20 / /run rw - tmpfs tmpfs rw',
			`3 1 0:20 / ${root}/srv/run rw - tmpfs tmpfs rw`,
			`4 1 8:1 / ${root}/top rw - ext4 /dev/sda1 rw`,
			`5 1 8:2 / ${root}/srv/data rw - ext4 /dev/sdb rw`,
			`6 1 8:3 / ${root}/other rw - ext4 /dev/sdc rw`,
		].join('\n'),
	);
	const planned = planRoot({...defaultSpec, root}, table, () => '', {unseen: findUnseenPlaces(table, [])});
	t.deepEqual(planned.hidden, ['/srv/run', '/top']);
	const binds = planned.mounts.filter(({kind}) => kind === 'bind').map(({target}) => target);
	t.deepEqual(binds.toSorted(), ['/etc', '/other', '/srv', '/srv/data']);
	t.true(
		planned.skeleton.some(({path}) => path === 'top'),
		'it is there, and empty',
	);
});

test('what the host has mounted in something that is left out is left out with it', (t) => {
	const root = makeRoot(t);
	mkdirSync(join(root, 'srv/dev/shm'), {recursive: true});
	const table = [
		...mountsAt(join(root, 'srv/dev')).map((mount) => ({...mount, fileSystem: 'devtmpfs'})),
		...mountsAt(join(root, 'srv/dev/shm'), join(root, 'srv/develop')),
	];
	const planned = planRoot({...defaultSpec, root}, table, () => '');
	t.deepEqual(planned.hidden, ['/srv/dev']);
	const below = planned.mounts.flatMap(({kind, target}) => (target.startsWith('/srv/') ? `${kind} ${target}` : []));
	t.deepEqual(below, ['bind /srv/develop', 'hide /srv/dev']);
});

test('what lies beneath a mount that is left out is covered, later where nobody may look what that is, and in what was asked for', (t) => {
	const root = realpathSync(makeRoot(t));
	for (const name of ['srv/directory', 'opt/asked/here', 'home/user/served']) mkdirSync(join(root, name), {recursive: true});
	for (const name of ['srv/file', 'srv/a\u001b']) writeFileSync(join(root, name), '');
	chmodSync(join(root, 'home/user'), 0o777);
	const places = ['srv/directory', 'srv/file', 'srv/a\u001b', 'opt/asked/here', 'home/user/served'];
	const table = mountsAt(...places.map((name) => join(root, name))).map((mount) => ({...mount, fileSystem: 'devtmpfs'}));
	const mounts = [`host-bind:/opt/asked=${root}/etc,ro`, `host-bind:/mnt=${root}/srv`, 'ram:/mnt/directory=1M'].map((text) => parseMount(text));
	const planned = planRoot({...defaultSpec, root, mounts}, table, () => '');
	t.deepEqual(
		planned.mounts.flatMap((mount) => (mount.kind === 'hide' ? `${mount.of} ${mount.target}` : [])),
		['directory /srv/directory', 'file /srv/file'],
	);
	t.deepEqual(planned.loose, [
		{target: '/srv/a\u001b', homes: ['/srv/a\u001b', '/srv']},
		{target: '/home/user/served', homes: ['/home/user', '/home']},
		{target: '/mnt/file', homes: ['/mnt/file']},
		{target: '/mnt/a\u001b', homes: ['/mnt/a\u001b']},
	]);
});

test('no sandbox reaches an automounter, at the top either, but what it has mounted', (t) => {
	const root = realpathSync(makeRoot(t));
	for (const name of ['net/host', 'net/other', 'misc']) mkdirSync(join(root, name), {recursive: true});
	const table = [...mountsAt(join(root, 'net'), join(root, 'misc')).map((mount) => ({...mount, fileSystem: 'autofs'})), ...mountsAt(join(root, 'net/host'))];
	for (const idmap of [undefined, {start: 100_000, count: 65_536}]) {
		const planned = planRoot({...defaultSpec, root, idmap}, table, () => '');
		const binds = planned.mounts.filter(({kind}) => kind === 'bind').map(({target}) => target);
		t.deepEqual(binds.toSorted(), ['/etc', '/net/host']);
		const made = planned.skeleton.map(({path}) => path).filter((path) => /^(?:net|misc)/.test(path));
		t.deepEqual(made.toSorted(), ['misc', 'net', 'net/host']);
	}
});

test('what cannot be bound does not count among the mounts of the host, and what is too much is covered', (t) => {
	const root = makeRoot(t);
	const planOf = (...names: readonly string[]): RootPlan => {
		for (const name of names) mkdirSync(join(root, name), {recursive: true});
		return planRoot({...defaultSpec, root}, mountsAt(...names.map((name) => join(root, name))), () => '');
	};
	const at = (directory: string, count: number, from = 0): string[] => Array.from({length: count}, (_, index) => `${directory}/${from + index}`);
	const below = ({mounts}: RootPlan, kind: string): string[] =>
		mounts.flatMap((mount) => (mount.kind === kind && mount.target.startsWith('/srv') && mount.target !== '/srv' ? mount.target : []));

	const fuse = at('srv/fuse', 40);
	for (const name of fuse) mkdirSync(join(root, name), {recursive: true});
	const served = mountsAt(...fuse.map((name) => join(root, name))).map((mount) => ({...mount, fileSystem: 'fuse'}));
	const planned = planRoot({...defaultSpec, root}, [...served, ...mountsAt(join(root, 'srv/data'))], () => '');
	t.deepEqual(below(planned, 'bind'), ['/srv/data']);
	t.is(planned.hidden.length, 40);

	const many = planOf(...at('srv/a', 40));
	t.deepEqual([below(many, 'bind'), below(many, 'hide'), many.hidden], [at('/srv/a', 32), at('/srv/a', 8, 32), []]);
	// Too many to be covered one by one: the directory is, with those of it that could be bound.
	const more = planOf(...at('srv/a', 30), ...at('srv/b', 22).map((name) => `${name}/deep`), ...at('srv/c', 18));
	t.deepEqual([below(more, 'bind'), below(more, 'hide')], [at('/srv/a', 30), ['/srv/b', ...at('/srv/c', 18)]]);
	const crowd = planOf(...at('srv', 70));
	t.deepEqual([below(crowd, 'bind'), crowd.mounts.find(({target}) => target === '/srv')?.kind], [[], 'hide']);
	mkdirSync(join(root, 'etc/x'));
	writeFileSync(join(root, 'etc/x/file'), '');
	const file = planRoot({...defaultSpec, root}, mountsAt(...at(join(root, 'srv/a'), 32), join(root, 'etc/x/file')), () => '');
	t.true(file.mounts.some((mount) => mount.kind === 'hide' && mount.target === '/etc/x/file' && mount.of === 'file'));
});

test('what a program of an ordinary user answers for is left out at the top as well, and nothing of root’s', (t) => {
	const root = makeRoot(t);
	for (const name of ['theirs', 'ours', 'ours/in']) mkdirSync(join(root, name));
	const served = (name: string, user: number): KnownMount[] =>
		mountsAt(join(root, name)).map((mount) => ({...mount, fileSystem: 'fuse.sshfs', options: [`user_id=${user}`, 'allow_other']}));
	const planned = planRoot({...defaultSpec, root}, [...served('theirs', 1000), ...served('ours', 0), ...mountsAt(join(root, 'ours/in'))], () => '');
	t.deepEqual(planned.hidden, ['/theirs']);
	const binds = planned.mounts.filter(({kind}) => kind === 'bind').map(({target}) => target);
	t.deepEqual(binds.toSorted(), ['/etc', '/ours', '/ours/in']);
});

test('a link that leads up does so from where the links before have led', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	for (const name of ['b', 'real/inner', 'real/b']) mkdirSync(join(given, name), {recursive: true});
	symlinkSync('real/inner', join(given, 'a'));
	symlinkSync('a/../b', join(given, 'l'));
	symlinkSync('../../../d/./a/../../b', join(given, 'above'));
	const placeOf = (mount: string): string | undefined =>
		plan(root, [`host-bind:/d=${given},ro`, 'ram:/r=1M', mount]).mounts.find(({cause}) => cause?.target === parseMount(mount).target)?.target;
	t.is(placeOf('hide:/d/l'), '/d/real/b');
	t.is(placeOf('ram:/d/l=1M'), '/d/real/b');
	t.is(placeOf('hide:/d/above'), '/d/b');
	for (const [to, mount, message] of [
		['nothing/../b', 'hide:/d/up', 'The sandbox has no /d/up to hide'],
		['nothing/../b', 'ram:/d/up=1M', 'The mount point /d/up does not exist, and making it would write to the host'],
		// What would be made for it is not there when the kernel follows the link.
		['/r/made/../x', 'ram:/d/up=1M', 'The mount point /d/up does not exist, and making it would write to the host'],
	] as const) {
		symlinkSync(to, join(given, 'up'));
		t.is(t.throws(() => placeOf(mount), {instanceOf: ShellError})?.message, message, to);
		rmSync(join(given, 'up'));
	}
});

test('what is no link any more when it is read is not there', async (t) => {
	// The program of a process that has ended and that nobody has asked about is a link which leads nowhere at all.
	const script = '(while read -r name </proc/$$/comm && [ "$name" != sleep ]; do :; done) & echo $!; exec sleep 60';
	const parent = spawn('sh', ['-c', script], {stdio: ['ignore', 'pipe', 'ignore']});
	t.teardown(() => parent.kill('SIGKILL'));
	const [said] = (await once(parent.stdout, 'data')) as [Buffer];
	const given = `/proc/${said.toString().trim()}`;
	await waitUntil(() => readFileSync(`${given}/stat`, 'latin1').includes(') Z '), 'the process has ended');
	t.true(lstatSync(`${given}/exe`).isSymbolicLink());
	const error = t.throws(() => plan(makeRoot(t), [`host-bind:/p=${given},ro`, 'hide:/p/exe']), {instanceOf: ShellError});
	t.is(error?.message, 'The sandbox has no /p/exe to hide');
});

test('a guest-bind shows nothing that another mount hides', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	mkdirSync(join(root, 'var/tmp'), {recursive: true});
	for (const [mounts, hidden] of [
		[['guest-bind:/shown=/var'], '/var/tmp'],
		[[`host-bind:/d=${given}`, 'ram:/d/etc=1M', 'guest-bind:/shown=/d'], '/d/etc'],
	] as const) {
		const error = t.throws(() => plan(root, mounts), {instanceOf: ShellError});
		t.is(error?.message, `A guest-bind of ${hidden.slice(0, hidden.lastIndexOf('/'))} would show ${hidden}, which is hidden`);
	}
	t.notThrows(() => plan(root, ['ram:/r=1M', `host-bind:/r/in=${given}`, 'guest-bind:/shown=/r']));
});

test('a guest-bind names no place of another one', (t) => {
	const root = makeRoot(t);
	for (const [source, hint] of [
		['/shown', 'Name it where it is, as /etc'],
		['/shown/x/y', 'Name it where it is, as /etc/x/y'],
	] as const) {
		const error = t.throws(() => plan(root, ['guest-bind:/shown=/etc', `guest-bind:/again=${source}`]), {instanceOf: ShellError});
		t.like(error, {message: `${source} lies in what the guest-bind at /shown shows`, hint});
	}
});

test('nothing is copied to where the links of a mount lead into what is the sandbox’s own', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	symlinkSync('/proc/sys/kernel', join(given, 'kernel'));
	symlinkSync('/mnt/etc', join(given, 'inside'));
	const planned = plan(root, [`host-bind:/mnt=${given},ro`]);
	t.is(locateForCopy(planned, '/mnt/inside/file').target, '/mnt/etc/file');
	const error = t.throws(() => locateForCopy(planned, '/mnt/kernel/core_pattern'), {instanceOf: ShellError});
	t.is(error?.message, 'Links of the root lead from /mnt/kernel/core_pattern to /proc/sys/kernel/core_pattern, which belongs to the sandbox itself');
});

test('nothing is copied by the way of a link that a sandbox could change', (t) => {
	const [root, given] = [makeRoot(t), makeRoot(t)];
	symlinkSync('/other/secret', join(given, 'file'));
	const planned = plan(root, [`host-bind:/mnt=${given}`, 'ram:/other=1M']);
	const error = t.throws(() => locateForCopy(planned, '/mnt/file'), {instanceOf: ShellError});
	t.like(error, {
		code: 'refused',
		message: 'The way to /mnt/file leads by the link /mnt/file, which lies in what is mounted writable: whoever writes there decides where it leads',
		hint: 'Name the place itself: /other/secret',
	});
	t.is(locateForCopy(planned, '/mnt/etc/file').target, '/mnt/etc/file');
});

/** What the kernel has below /sys that is kept from a sandbox. */
const ofSys = ['/sys/fs/cgroup', ...(existsSync('/sys/kernel/security') ? ['/sys/kernel/security'] : [])];

test('the empty directories are mounted where the root’s own links lead, once', (t) => {
	const root = makeRoot(t);
	for (const name of ['tmp', 'usr/var/tmp']) mkdirSync(join(root, name), {recursive: true});
	const rams = (): string[] => plan(root).mounts.flatMap(({kind, target}) => (kind === 'ram' ? target : []));
	symlinkSync('usr/var', join(root, 'var'));
	t.deepEqual(rams().toSorted(), ['/dev/shm', '/run', '/run/lock', ...ofSys, '/tmp', '/usr/var/tmp']);
	rmSync(join(root, 'var'));
	mkdirSync(join(root, 'var'));
	for (const to of ['/proc', '/run', '/run/sandbox/x', '/tmp', '..', '/nothing', '/nothing/../usr']) {
		symlinkSync(to, join(root, 'var/tmp'));
		t.deepEqual(rams().toSorted(), ['/dev/shm', '/run', '/run/lock', ...ofSys, '/tmp'], to);
		rmSync(join(root, 'var/tmp'));
	}
});

test('what is closed is covered wherever a guest has it, but where it was asked for or may be written to', (t) => {
	const directory = realpathSync(makeRoot(t));
	for (const path of ['home/own/deep', 'home/other']) mkdirSync(join(directory, path), {recursive: true});
	const closed = [
		{path: join(directory, 'home/own'), always: false, isLoose: false},
		{path: join(directory, 'home/other'), always: false, isLoose: true, home: join(directory, 'home')},
		{path: join(directory, 'etc'), always: true, isLoose: false},
	];
	const mounts = [
		`host-bind:/all=${directory},ro`,
		`host-bind:/writable=${directory}`,
		`host-bind:/itself=${directory}/home/own,ro`,
		`host-bind:/home=${directory}/home,ro`,
		`host-bind:/home/own/deep=${directory}/etc,ro`,
		'guest-bind:/shown=/itself',
	];
	const planned = planRoot({...defaultSpec, root: directory, mounts: mounts.map((text) => parseMount(text))}, [], () => '', {closed});
	const covers = planned.mounts.filter(({kind, target}) => kind === 'ram' && /^\/(?:all|writable|itself|home|etc)/.test(target));
	t.deepEqual(
		covers.map(({target}) => target),
		['/etc', '/home/own', '/all/etc', '/writable/etc', '/all/home/own'],
	);
	t.deepEqual(planned.loose, [
		{target: '/all/home/other', homes: ['/all/home']},
		{target: '/home/other', homes: []},
	]);
	t.true(
		planned.mounts.some(({target}) => target === '/home/own/deep'),
		'what was asked for stays',
	);
});

test('what the host has mounted where others may lead it elsewhere is left out, and something empty is there', (t) => {
	const root = realpathSync(makeRoot(t));
	for (const name of ['srv/theirs/data', 'srv/ours/data']) mkdirSync(join(root, name), {recursive: true});
	const table = mountsAt(...['srv/theirs/data', 'srv/ours/data'].map((name) => join(root, name)));
	const isFirm = (directory: string): boolean => directory !== join(root, 'srv/theirs');
	const mount = (text: string) => parseMount(`${text}=${join(root, 'srv/theirs/data')}`);
	const {mounts, hidden, loose} = planRoot({...defaultSpec, root, mounts: [mount('host-bind:/mnt')]}, table, () => '', {
		isFirm,
		isOthers: (directory) => !isFirm(directory),
	});
	const binds = mounts.flatMap(({kind, target}) => (kind === 'bind' && target !== '/etc' ? [target] : []));
	t.deepEqual(binds.toSorted(), ['/mnt', '/srv', '/srv/ours/data']);
	t.deepEqual([hidden, loose.map(({target}) => target)], [['/srv/theirs/data'], ['/srv/theirs/data']]);
});

test('what is closed is covered where mapped ids have it taken apart, and a mount that others lie in is taken apart as well', (t) => {
	const directory = realpathSync(makeRoot(t));
	for (const path of ['lib/closed/images', 'lib/closed/deep', 'lib/open/sub', 'lib/open/plain']) mkdirSync(join(directory, path), {recursive: true});
	for (const path of ['', 'lib', 'lib/closed', 'lib/open']) chmodSync(join(directory, path), 0o755);
	const table = mountsAt(...['lib/closed/images', 'lib/open', 'lib/open/sub'].map((path) => join(directory, path)));
	const closed = [{path: join(directory, 'lib/closed'), always: false, isLoose: true}];
	const spec = {...defaultSpec, root: directory, idmap: {start: 100_000, count: 65_536}};
	const {mounts, loose, hidden} = planRoot(spec, table, () => '', {closed});
	t.deepEqual(
		mounts.flatMap(({kind, target}) => (target.startsWith('/lib') ? `${kind} ${target}` : [])),
		['ram /lib/closed', 'bind /lib/open/plain', 'bind /lib/open/sub'],
	);
	t.deepEqual({loose, hidden}, {loose: [], hidden: []});
});

test('each directory is mounted upon itself that leads, in what may be written to, to something that is mounted', (t) => {
	const directory = realpathSync(makeRoot(t));
	for (const path of ['a/b/c', 'd/e', 'f', 'g/h']) mkdirSync(join(directory, path), {recursive: true});
	const mounts = [`host-bind:/mnt=${directory}`, `host-bind:/mnt/a/b/c=${directory}/f,ro`, 'hide:/mnt/d/e', 'hide:/mnt/f', 'ram:/mnt/g/h=1M'];
	const more = [`host-bind:/srv=${directory},ro`, `host-bind:/srv/d/e=${directory}/f,ro`, 'ram:/tmp/x=1M', 'ram:/tmp/x/y/z=1M,ro', 'ram:/mnt/g/h/i=1M'];
	const pinned = plan(makeRoot(t), [...mounts, ...more]).mounts.flatMap((mount) =>
		mount.kind === 'bind' && mount.cause?.type === 'host-bind' ? [`${mount.target} ${mount.source} ${mount.readonly}`] : [],
	);
	t.deepEqual(pinned.toSorted(), [
		`/mnt ${directory} false`,
		`/mnt/a ${directory}/a false`,
		`/mnt/a/b ${directory}/a/b false`,
		`/mnt/a/b/c ${directory}/f true`,
		`/mnt/d ${directory}/d false`,
		`/mnt/g ${directory}/g false`,
		`/srv ${directory} true`,
		`/srv/d/e ${directory}/f true`,
	]);
});

test('nothing is mounted or hidden by the way of a link that a sandbox could change', (t) => {
	const directory = realpathSync(makeRoot(t));
	mkdirSync(join(directory, 'a/b'), {recursive: true});
	symlinkSync('a', join(directory, 'l'));
	for (const mount of ['hide:/mnt/l/b', 'ram:/mnt/l/b=1M', `host-bind:/mnt/l/b=${directory},ro`]) {
		const error = t.throws(() => plan(makeRoot(t), [`host-bind:/mnt=${directory}`, mount]), {instanceOf: ShellError});
		t.regex(error?.message ?? '', /^The way to \/mnt\/l\/b leads by the link \/mnt\/l, /);
		t.notThrows(() => plan(makeRoot(t), [`host-bind:/mnt=${directory},ro`, mount]));
	}
});

test('with mapped ids nothing is covered where nobody of the sandbox gets', (t) => {
	const root = realpathSync(makeRoot(t));
	for (const name of ['home', 'closed']) mkdirSync(join(root, 'srv', name, 'config'), {recursive: true});
	const planOf = (idmap: {start: number; count: number} | undefined): string[] => {
		const closed = ['home', 'closed'].map((name) => ({path: join(root, 'srv', name, 'config'), always: false, isLoose: false}));
		const {mounts} = planRoot({...defaultSpec, root, idmap}, [], () => '', {closed});
		return mounts.flatMap(({kind, target}) => (kind === 'ram' && target.startsWith('/srv') ? target : []));
	};
	chmodSync(root, 0o755);
	chmodSync(join(root, 'srv/closed'), 0o700);
	t.deepEqual(planOf(undefined), ['/srv/home/config', '/srv/closed/config']);
	t.deepEqual(planOf({start: 100_000, count: 65_536}), ['/srv/home/config']);
});
