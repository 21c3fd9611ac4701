import {chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {GuestMount, GuestTree} from '../../../../src/backend/guest/root/guest-tree.ts';
import {settleMapped} from '../../../../src/backend/guest/root/mapped-mounts.ts';
import {takeEntries} from '../../../../src/backend/guest/root/take-entries.ts';
import type {HostMount} from '../../../../src/backend/host/mounts/mount-table.ts';
import {parseMount} from '../../../../src/spec/parse/parse-mount.ts';

const mountAt = (mountPoint: string, ...flags: string[]): HostMount => ({
	mountPoint,
	fileSystem: 'ext4',
	readonly: flags.includes('ro'),
	flags,
	options: [],
});
const bind = (source: string, changes: Partial<GuestMount> = {}): GuestMount =>
	({kind: 'bind', target: source, source, readonly: true, cause: undefined, ...changes}) as GuestMount;
const table = [mountAt('/', 'rw'), mountAt('/home', 'rw', 'nodev'), mountAt('/data', 'ro', 'nosuid'), mountAt('/srv/deep', 'rw')];

test('what libvirt would leave writable is hidden', (t) => {
	const [usr, home, data] = [bind('/usr'), bind('/home/me'), bind('/data/x')];
	t.deepEqual(settleMapped([usr, home, data], table), {mounts: [usr, data], hidden: ['/home/me']});
});

test('what was asked for is refused where it cannot be as it is meant', (t) => {
	const asked = (text: string): GuestMount => {
		const cause = parseMount(text);
		return bind('source' in cause ? (cause.source ?? '') : '', {readonly: cause.readonly, cause} as Partial<GuestMount>);
	};
	t.throws(() => settleMapped([asked('host-bind:/x=/home/me,ro')], table), {message: /\/home\/me cannot be mounted read-only/});
	t.is(settleMapped([asked('host-bind:/x=/home/me')], table).mounts.length, 1);
	t.throws(() => settleMapped([asked('host-bind:/x=/srv')], table), {message: /: \/srv\/deep is mounted below it/});
});

test('a root whose programs would be hidden is refused', (t) => {
	t.throws(() => settleMapped([bind('/usr')], [mountAt('/', 'nosuid')]), {message: /^With mapped ids \/usr cannot be shown read-only/});
});

test('a directory that only its owner may enter is not taken apart, nor is a name taken that XML cannot hold', (t) => {
	const base = mkdtempSync(join(tmpdir(), 'entries-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	mkdirSync(join(base, 'open/mounted'), {recursive: true, mode: 0o755});
	mkdirSync(join(base, 'closed/mounted'), {recursive: true});
	chmodSync(join(base, 'closed'), 0o750);
	chmodSync(join(base, 'open'), 0o711);
	writeFileSync(join(base, 'open/line\nfeed'), '');
	writeFileSync(Buffer.concat([Buffer.from(join(base, 'open/bytes')), Buffer.of(0xff)]), '');
	const guest: GuestTree = {base, top: new Map(), mounts: new Map(), hostMounts: []};
	const split = ['open', 'closed'].map((name) => mountAt(join(base, name, 'mounted')));
	t.deepEqual(takeEntries(guest, readdirSync(base, {withFileTypes: true}), {directory: '', split}), [join(base, 'closed')]);
	t.deepEqual(
		[...guest.top.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
		[
			{kind: 'directory', path: 'closed', mode: 0o750},
			{kind: 'directory', path: 'open', mode: 0o711},
			{kind: 'directory', path: 'open/mounted'},
		],
	);
});

test('a directory with mounts below it is taken apart', (t) => {
	const base = mkdtempSync(join(tmpdir(), 'entries-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	mkdirSync(join(base, 'etc/deep/mounted'), {recursive: true});
	mkdirSync(join(base, 'etc/plain'));
	mkdirSync(join(base, 'usr'));
	writeFileSync(join(base, 'etc/file'), '');
	symlinkSync('file', join(base, 'etc/link'));
	const guest: GuestTree = {base, top: new Map(), mounts: new Map(), hostMounts: []};
	const split = [mountAt(join(base, 'etc/deep/mounted'))];
	takeEntries(guest, readdirSync(base, {withFileTypes: true}), {directory: '', split});
	t.deepEqual([...guest.top.values()].map(({path, kind}) => `${kind} ${path}`).toSorted(), [
		'directory etc',
		'directory etc/deep',
		'directory etc/deep/mounted',
		'directory etc/plain',
		'directory usr',
		'file etc/file',
		'symlink etc/link',
	]);
	t.deepEqual([...guest.mounts.keys()].toSorted(), ['/etc/file', '/etc/plain', '/usr']);
});

test('a directory with more entries than can be bound one by one is not taken apart', (t) => {
	const base = mkdtempSync(join(tmpdir(), 'mapped-'));
	t.teardown(() => rmSync(base, {recursive: true}));
	for (const [name, count] of [
		['few', 3],
		['many', 5000],
	] as const) {
		mkdirSync(join(base, name, 'mount'), {recursive: true});
		for (let index = 0; index < count; index++) writeFileSync(join(base, name, `${index}`), '');
	}
	const guest: GuestTree = {base: '', top: new Map(), mounts: new Map(), hostMounts: []};
	const split = ['few', 'many'].map((name) => mountAt(join(base, name, 'mount')));
	t.deepEqual(takeEntries(guest, readdirSync(base, {withFileTypes: true}), {directory: base.slice(1), split}), [join(base, 'many')]);
	t.deepEqual(
		[...guest.mounts.keys()].toSorted(),
		['0', '1', '2'].map((name) => join(base, 'few', name)),
	);
});
