import {chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {CpioEntry} from '../../../../src/backend/machine/boot/cpio.ts';
import type {HostTree, TreeBind} from '../../../../src/backend/machine/root/host-tree.ts';
import * as machine from '../../../../src/backend/machine/root/tree-exports.ts';
import type {HostMount} from '../../../../src/backend/host/mounts/mount-table.ts';
import {nobody} from '../../../helpers/ordinary-user.ts';
import {testAsRoot} from '../../../helpers/other-mounts.ts';

const exportTree = (tree: HostTree, mountTable: readonly HostMount[]) => machine.exportTree(tree, mountTable, process.getuid?.() ?? 0);

const cause = {kind: 'backend', text: 'a test'} as const;

/** A directory of the host with these files and directories (that end with a slash). */
function makeHost(t: ExecutionContext, names: readonly string[]): string {
	const directory = mkdtempSync(join(tmpdir(), 'exports-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	for (const name of names) {
		if (name.endsWith('/')) mkdirSync(join(directory, name), {recursive: true});
		else writeFileSync(join(directory, name), `this is ${name}`);
	}
	return directory;
}

function bindOf(path: string, source: string, readonly = true): TreeBind {
	return {kind: 'bind', path, source, readonly, isAsked: true, cause};
}

function mountAt(mountPoint: string): HostMount {
	return {mountPoint, fileSystem: 'proc', readonly: false, flags: [], options: []};
}

function treeOf(...mounts: HostTree['mounts']): HostTree {
	return {entries: [{kind: 'directory', path: 'root'}, ...mounts.map(({path}) => ({kind: 'directory' as const, path}))], mounts};
}

/** Does something that does not wait as root may not do it. */
function asOrdinaryUser<Result>(work: () => Result): Result {
	if (process.getuid?.() !== 0) return work();
	process.seteuid?.(nobody);
	try {
		return work();
	} finally {
		process.seteuid?.(0);
	}
}

/** What is made below `s/tree/root/`, in words. */
function describe(made: readonly CpioEntry[]): string[] {
	return made.flatMap((entry) => {
		const path = entry.path.replace(/^s\/tree\/root\//, '');
		if (path === entry.path) return [];
		if (entry.kind === 'symlink') return [`${path} -> ${entry.to}`];
		return [entry.kind === 'file' ? `${path}: ${Buffer.from(entry.data).toString()}` : `${path}/`];
	});
}

test('of a directory that is taken apart one whose name no XML can hold is no share', (t) => {
	const host = makeHost(t, ['home/other/', 'home/me\u001b/', 'home/me\u001b/file', 'home/file\u001b', 'home/you/', 'home/you/file']);
	const {exports, made, missing} = exportTree(treeOf(bindOf('root/home', join(host, 'home'))), [mountAt(join(host, 'home/other'))]);
	t.deepEqual(
		exports.map(({path}) => path),
		['root/home/you'],
	);
	t.deepEqual(missing, [join(host, 'home/me\u001b')]);
	t.true(describe(made).includes('home/file\u001b: this is home/file\u001b'));
});

test('a directory is one share where nothing in it is to be hidden', (t) => {
	const host = makeHost(t, ['usr/bin/', 'usr/file']);
	const {exports, missing} = exportTree(treeOf(bindOf('root/usr', join(host, 'usr'))), []);
	t.deepEqual(exports, [{tag: 'share0', path: 'root/usr', source: join(host, 'usr'), readonly: true, isStill: false, cause}]);
	t.deepEqual(missing, []);
});

test('what is covered below a bind that the outer share shows as well is not shown', (t) => {
	const host = makeHost(t, ['d/b/secret/s/', 'd/b/shown/one/']);
	const outer = bindOf('root/d', join(host, 'd'));
	const inner = bindOf('root/d/b', join(host, 'd/b'));
	const cover = {kind: 'cover', path: 'root/d/b/secret', of: 'directory'} as const;
	for (const mountTable of [[], [mountAt(join(host, 'd/b'))]]) {
		const {exports} = exportTree(treeOf(outer, inner, cover), mountTable);
		t.deepEqual(
			exports.map(({path}) => path),
			['root/d/b/shown'],
		);
	}
	const error = t.throws(() => exportTree(treeOf({...outer, readonly: false}, {...inner, readonly: false}, cover), []));
	t.regex(error?.message ?? '', /cannot be shared writable by 9p/);
});

test('what may be written to in its own place is mounted upon the share of what is around it; what is fixed in what may be written to is not', (t) => {
	const host = makeHost(t, ['home/me/project/out/', 'home/me/project/large']);
	const [home, out] = ['home', 'home/me/project/out'];
	const tree = (readonly: boolean): HostTree => treeOf(bindOf(`root/${home}`, join(host, home), readonly), bindOf(`root/${out}`, join(host, out), !readonly));
	const {exports, made} = exportTree(tree(true), []);
	t.deepEqual(
		exports.map(({path, readonly}) => [path, readonly]),
		[
			[`root/${home}`, true],
			[`root/${out}`, false],
		],
	);
	t.false(describe(made).some((entry) => entry.includes('large')));
	t.throws(() => exportTree(tree(false), []), {message: /cannot be shared writable by 9p/});
});

test('what may be written to in its own place is shared once, and never copied, in a directory that is taken apart for something else', (t) => {
	const names = Array.from({length: 49}, (_, index) => `many/d${index}/x/`);
	const host = makeHost(t, [...names, 'many/out/', 'many/secret/']);
	writeFileSync(join(host, 'many/out/built'), 'built');
	const [many, out] = [join(host, 'many'), join(host, 'many/out')];
	const tree = treeOf(bindOf('root/many', many), bindOf('root/many/out', out, false), {kind: 'cover', path: 'root/many/secret', of: 'directory'});
	const {exports, made, cut} = exportTree(tree, []);
	t.deepEqual(
		exports.map(({path, readonly}) => [path, readonly]),
		[['root/many/out', false]],
	);
	t.deepEqual([cut, describe(made).filter((entry) => entry.includes('built'))], [[], []]);
});

test('one with something that is covered, or mounted there on the host, is taken apart', (t) => {
	const host = makeHost(t, ['var/lib/deep/proc/', 'var/lib/deep/shown/one/', 'var/tmp/secret/', 'var/log/more/', 'var/empty/', 'var/note']);
	symlinkSync('/run', join(host, 'var/run'));
	writeFileSync(join(host, 'var/large'), Buffer.alloc(1024 * 1024 + 1));
	const tree = treeOf(bindOf('root/var', join(host, 'var')), {kind: 'cover', path: 'root/var/tmp', of: 'directory'});
	const {exports, made, missing} = exportTree(tree, [mountAt(join(host, 'var/lib/deep/proc'))]);
	t.deepEqual(
		exports.map(({path, source}) => [path, source.slice(host.length)]),
		[
			['root/var/lib/deep/shown', '/var/lib/deep/shown'],
			['root/var/log', '/var/log'],
		],
	);
	t.deepEqual(describe(made).toSorted(), [
		'var/',
		'var/empty/',
		'var/lib/',
		'var/lib/deep/',
		'var/lib/deep/proc/',
		'var/lib/deep/shown/',
		'var/log/',
		'var/note: this is var/note',
		'var/run -> /run',
		'var/tmp/',
	]);
	t.deepEqual(missing, [join(host, 'var/large')]);
});

test('a file that was asked for is in its place in a directory that is taken apart', (t) => {
	const host = makeHost(t, ['data/deep/', 'data/file', 'data/deep/file', 'given']);
	const given = (path: string): TreeBind => bindOf(path, join(host, 'given'));
	const {made} = exportTree(treeOf(bindOf('root/data', join(host, 'data')), given('root/data/file'), given('root/data/deep/file')), []);
	t.deepEqual(describe(made).toSorted(), ['data/', 'data/deep/', 'data/deep/file: this is given', 'data/file: this is given']);
});

test('what may be listed and not entered is taken apart as far as it can be seen', (t) => {
	const host = makeHost(t, ['var/closed/deep/mounted/', 'var/closed/place/', 'var/closed/note', 'var/open/']);
	for (const [name, mode] of [
		['', 0o755],
		['var/closed', 0o744],
	] as const) {
		chmodSync(join(host, name), mode);
	}
	const mounts = ['deep/mounted', 'place'].map((name) => mountAt(join(host, 'var/closed', name)));
	const tree = treeOf(bindOf('root/var', join(host, 'var')));
	const {exports, made} = asOrdinaryUser(() => exportTree(tree, mounts));
	t.deepEqual(exports, []);
	t.deepEqual(describe(made).toSorted(), ['var/', 'var/closed/', 'var/closed/deep/', 'var/closed/place/', 'var/open/']);
});

test("a mount of the host that the guest shows in its place needs no share of its own; another's place is not shared", (t) => {
	const host = makeHost(t, ['data/disk/file/', 'data/hidden/secret/', 'elsewhere/x/']);
	const data = join(host, 'data');
	const same = bindOf('root/data/disk', join(data, 'disk'));
	const other = bindOf('root/data/hidden', join(host, 'elsewhere'), false);
	const mounted = [mountAt(join(data, 'disk'))];
	t.deepEqual(
		exportTree(treeOf(bindOf('root/data', data), same), mounted).exports.map(({source}) => source),
		[data],
	);
	t.deepEqual(
		exportTree(treeOf(bindOf('root/data', data), same, other), mounted).exports.map(({path, source, readonly}) => [path, source, readonly]),
		[
			['root/data/disk', join(data, 'disk'), true],
			['root/data/hidden', join(host, 'elsewhere'), false],
		],
	);
});

test('what cannot be taken apart is refused: a directory that may be written to, and a file', (t) => {
	const host = makeHost(t, ['data/hidden/', 'file']);
	const data = join(host, 'data');
	t.throws(() => exportTree(treeOf(bindOf('root/data', data, false)), [mountAt(join(data, 'hidden'))]), {
		message: `${data} cannot be shared writable by 9p: ${join(data, 'hidden')} below it would be shared too, which the machine must not see`,
	});
	t.throws(() => exportTree(treeOf({...bindOf('more/0', data), isWhole: true}), [mountAt(join(data, 'hidden'))]), {
		message: `${data} cannot be shared for an overlay by 9p: ${join(data, 'hidden')} below it would be shared too, which the machine must not see`,
	});
	const file = join(host, 'file');
	t.throws(() => exportTree(treeOf(bindOf('root/file', file, false)), []), {
		message: `A machine that shares by 9p cannot write to ${file} alone: it shares whole directories`,
	});
	t.deepEqual(describe(exportTree(treeOf(bindOf('root/file', file)), []).made), ['file: this is file']);
});

test('the whole root of a host is shared without what is mounted on it', (t) => {
	const {exports} = exportTree(treeOf(bindOf('root/all', '/')), [mountAt('/proc'), mountAt('/sys'), mountAt('/dev'), mountAt('/run'), mountAt('/tmp')]);
	t.true(exports.some(({source}) => source === '/usr'));
	t.deepEqual(
		exports.filter(({source}) => /^\/(?:proc|sys|dev|run|tmp)?$/.test(source)),
		[],
	);
});

test('names that libvirt is told nothing of are counted as copies are, so that they are bounded', (t) => {
	const many = join(makeHost(t, ['many/tmp/', ...Array.from({length: 5010}, (_, index) => `many/\u0001${index}/`)]), 'many');
	const {missing, cut} = exportTree(treeOf(bindOf('root/many', many), {kind: 'cover', path: 'root/many/tmp', of: 'directory'}), []);
	t.true(missing.length <= 5000);
	t.deepEqual(cut, [many]);
});

test('too many directories are copied with what is in them; what is mounted between them has its place', (t) => {
	const names = Array.from({length: 49}, (_, index) => `many/d${index}/x/`);
	const host = makeHost(t, [...names, 'many/d0/file', 'many/d0/x/file', 'many/tmp/secret/']);
	symlinkSync('x/file', join(host, 'many/d0/link'));
	const many = join(host, 'many');
	const {exports, made, missing, cut} = exportTree(treeOf(bindOf('root/many', many), {kind: 'cover', path: 'root/many/tmp', of: 'directory'}), []);
	t.deepEqual([exports, missing, cut], [[], [], []]);
	const seen = [
		...names.flatMap((name) => [name.slice(0, -2), name]),
		'many/',
		'many/tmp/',
		'many/d0/file: this is many/d0/file',
		'many/d0/x/file: this is many/d0/x/file',
		'many/d0/link -> x/file',
	];
	t.deepEqual(describe(made).toSorted(), seen.toSorted());
});

test('what has to be taken apart, as others mount something there, takes no share from what is whole, nor from what was asked for', (t) => {
	const homes = ['a', 'b', 'c'].flatMap((user) => [`home/${user}/mnt/`, ...Array.from({length: 46}, (_, index) => `home/${user}/d${index}/x/`)]);
	const host = makeHost(t, [...homes, 'own/mnt/', 'own/kept/x/', 'usr/bin/']);
	const own = (name: string): TreeBind => ({...bindOf(`root/${name}`, join(host, name)), isAsked: false});
	const holes = ['home/a/mnt', 'home/b/mnt', 'home/c/mnt', 'own/mnt'].map((name) => mountAt(join(host, name)));
	const {exports, missing} = exportTree(treeOf(own('home'), bindOf('root/own', join(host, 'own')), own('usr')), holes);
	t.deepEqual(
		exports.slice(-2).map(({tag, path}) => [tag, path]),
		[
			['share94', 'root/own/kept'],
			['share95', 'root/usr'],
		],
	);
	t.is(missing.length, 3 * 46 - 94);
});

test('files, links and empty directories beside a hole are copied up to a bound of their number and of their sum', (t) => {
	const host = makeHost(t, ['many/hidden/', 'many/shared/file/', 'large/hidden/']);
	const [many, large] = [join(host, 'many'), join(host, 'large')];
	for (let index = 0; index < 2000; index++) {
		writeFileSync(join(many, `file${index}`), '');
		symlinkSync('file0', join(many, `link${index}`));
		mkdirSync(join(many, `empty${index}`));
	}
	const of = (name: string) => exportTree(treeOf(bindOf(`root/${name}`, join(host, name))), [mountAt(join(host, name, 'hidden'))]);
	const few = of('many');
	t.deepEqual([few.cut, few.missing, few.exports.map(({path}) => path)], [[many], [], ['root/many/shared']]);
	t.is(describe(few.made).filter((line) => /file|link|empty/.test(line)).length, 5000);
	for (let index = 0; index < 300; index++) {
		writeFileSync(join(large, `file${index}`), '');
		truncateSync(join(large, `file${index}`), 64 * 1024);
	}
	const {made, cut} = of('large');
	t.deepEqual([cut, made.filter((entry) => entry.kind === 'file' && entry.data.length > 0).length], [[large], 256]);
});

test('a file that was asked for is not copied from where a link leads by then', (t) => {
	const host = makeHost(t, ['real/', 'real/file', 'other/', 'other/file']);
	const tree = treeOf(bindOf('root/file', join(host, 'real/file')));
	renameSync(join(host, 'real'), join(host, 'saved'));
	symlinkSync('other', join(host, 'real'));
	t.throws(() => exportTree(tree, []), {message: `The way to ${join(host, 'real/file')} has changed`});
});

test('a directory is not taken apart where a link leads by then', (t) => {
	const host = makeHost(t, ['real/part/hole/', 'real/part/mine', 'other/part/theirs/']);
	const [hole, tree] = [mountAt(join(host, 'real/part/hole')), treeOf(bindOf('root/part', join(host, 'real/part')))];
	symlinkSync('of-theirs', join(host, 'other/part/link'));
	renameSync(join(host, 'real'), join(host, 'saved'));
	symlinkSync('other', join(host, 'real'));
	t.throws(() => exportTree(tree, [hole]), {message: `The way to ${join(host, 'real/part')} has changed`});
	rmSync(join(host, 'real'));
	renameSync(join(host, 'saved'), join(host, 'real'));
	t.deepEqual(describe(exportTree(tree, [hole]).made), ['part/', 'part/hole/', 'part/mine: this is real/part/mine']);
});

const stranger = 65_533;

/** What others made in a host of root's; `nobody` is who starts the machine. */
function makeShared(t: ExecutionContext): {readonly host: string; readonly holes: readonly HostMount[]} {
	const holes = ['home/me/mnt', 'home/stranger/mnt', 'pool/mnt'];
	const host = makeHost(t, [...holes.map((hole) => `${hole}/`), 'home/me/kept/x/', 'home/stranger/d/x/', 'home/whole/', 'home/note', 'pool/d/x/']);
	for (const [name, mode] of [
		['', 0o755],
		['home/me', 0o775],
		['pool', 0o1777],
	] as const) {
		chmodSync(join(host, name), mode);
	}
	chownSync(join(host, 'home/me'), nobody, nobody);
	for (const name of ['home/stranger', 'home/whole', 'home/note']) chownSync(join(host, name), stranger, stranger);
	return {host, holes: holes.map((hole) => mountAt(join(host, hole)))};
}

testAsRoot('nothing of other users is looked into that nobody asked for: it is left out where it would have to be taken apart', (t) => {
	const {host, holes} = makeShared(t);
	const shared = (isAsked: boolean) => {
		const binds = ['home', 'pool'].map((name) => ({...bindOf(`root/${name}`, join(host, name)), isAsked}));
		const {exports, made, others} = machine.exportTree(treeOf(...binds), holes, nobody);
		return {exports: exports.map(({path}) => path), made: describe(made).toSorted(), others: others.map((path) => path.slice(host.length))};
	};
	t.deepEqual(shared(false), {
		// Nobody has seen that this is empty.
		exports: ['root/home/me/kept', 'root/home/whole'],
		made: ['home/', 'home/me/', 'home/me/kept/', 'home/me/mnt/', 'home/stranger/', 'home/whole/', 'pool/'],
		others: ['/home/note', '/home/stranger', '/pool'],
	});
	const asked = shared(true);
	t.deepEqual([asked.exports, asked.others], [['root/home/me/kept', 'root/home/stranger/d', 'root/pool/d'], []]);
	// A root that was named is no less so.
	chownSync(host, stranger, stranger);
	t.deepEqual(shared(false), asked);
});

testAsRoot("what a guest mounts in another user's directory has its place, though all else there is left out", (t) => {
	const {host, holes} = makeShared(t);
	const home = {...bindOf('root/home', join(host, 'home')), isAsked: false};
	const covers = [
		{kind: 'cover', path: 'root/home/stranger/ram', of: 'directory'},
		{kind: 'cover', path: 'root/home/stranger/file', of: 'file'},
		{kind: 'cover', path: 'root/home/stranger/loose', of: 'any', ifThere: true},
	] as const;
	const {made, others} = machine.exportTree({...treeOf(home), mounts: [home, ...covers]}, holes, 0);
	t.deepEqual(
		describe(made).filter((line) => line.includes('stranger')),
		['home/stranger/', 'home/stranger/ram/', 'home/stranger/file: '],
	);
	t.deepEqual(
		others,
		['home/me', 'home/note', 'home/stranger'].map((name) => join(host, name)),
	);
});

test('a directory that only its owner enters keeps its mode', (t) => {
	const host = makeHost(t, ['root/secret/', 'root/.ssh/']);
	chmodSync(join(host, 'root'), 0o700);
	const tree = treeOf(bindOf('root/root', join(host, 'root')), {kind: 'cover', path: 'root/root/.ssh', of: 'directory'});
	const entry = exportTree(tree, []).made.find(({path}) => path === 's/tree/root/root');
	t.like(entry, {kind: 'directory', mode: 0o700});
});

test('a file of the root is copied where it is small; a large one is said to be missing', (t) => {
	const host = makeHost(t, ['small']);
	const large = join(host, 'large');
	writeFileSync(large, Buffer.alloc(1024 * 1024 + 1));
	const partOf = (name: string): TreeBind => ({...bindOf(`root/${name}`, join(host, name)), isAsked: false});
	const {exports, made, missing} = exportTree({entries: [], mounts: [partOf('small'), partOf('large')]}, []);
	t.deepEqual([exports, describe(made), missing], [[], ['small: this is small'], [large]]);
});

test('a file that is copied gives nobody the rights of its owner, who is another in the guest', (t) => {
	const host = makeHost(t, ['bin/hidden/', 'bin/su', 'asked']);
	for (const name of ['bin/su', 'asked']) chmodSync(join(host, name), 0o6755);
	const tree = treeOf(
		bindOf('root/bin', join(host, 'bin')),
		{kind: 'cover', path: 'root/bin/hidden', of: 'directory'},
		bindOf('root/asked', join(host, 'asked')),
	);
	const modes = exportTree(tree, []).made.flatMap((entry) => (entry.kind === 'file' ? [[entry.path, entry.mode]] : []));
	t.deepEqual(modes, [
		['s/tree/root/asked', 0o755],
		['s/tree/root/bin/su', 0o755],
	]);
});

test('what was asked for is never left out for want of shares', (t) => {
	const names = Array.from({length: 97}, (_, index) => `bind${index}`);
	const host = makeHost(
		t,
		names.map((name) => `${name}/`),
	);
	const tree = (count: number): HostTree => treeOf(...names.slice(0, count).map((name) => bindOf(`root/${name}`, join(host, name), false)));
	t.is(exportTree(tree(96), []).exports.length, 96);
	t.throws(() => exportTree(tree(97), []), {
		message: `${join(host, 'bind96')} is one directory too many: a machine takes 96 shares by 9p`,
	});
});
