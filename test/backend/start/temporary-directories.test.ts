import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {createStateDirectory, temporaryBase, temporaryPlace, type OwnerRecord} from '../../../src/backend/guest/state/state-directory.ts';
import {recordNamespace} from '../../../src/backend/host/process-identity.ts';
import {findLeftTemporary, removeLeftover} from '../../../src/backend/clean-up/leftovers.ts';
import {makeMachineTemporary} from '../../../src/backend/machine/machine-files.ts';
import {parseMount} from '../../../src/spec/parse/parse-mount.ts';
import {mountForeignFileSystem} from '../../helpers/silent-file-system.ts';

const testWithFuse = process.geteuid?.() === 0 && existsSync('/dev/fuse') ? test : test.skip;

test('the temporary directories of a machine are found when nothing else of it is left', (t) => {
	const outer = mkdtempSync(join(tmpdir(), 'state-'));
	t.teardown(() => rmSync(outer, {recursive: true, force: true}));
	const record = (id: string): OwnerRecord => ({
		owner: {pid: process.pid, startTime: '1'},
		namespace: recordNamespace(),
		uri: 'qemu:///system',
		name: 'lost',
		uuid: '00112233-4455-6677-8899-aabbccddeeff',
		lifetime: 'client',
		tty: false,
		temporary: [temporaryBase(id)],
	});
	const base = join(outer, 'base');
	const state = createStateDirectory(base, record);
	const path = temporaryBase(state.id);
	t.teardown(() => rmSync(path, {recursive: true, force: true}));
	const account = {uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: [], name: 'me', home: '/', shell: '/bin/sh'};
	const made = makeMachineTemporary({temporary: [parseMount('host-bind:/srv=', '/')], account}, state);
	t.deepEqual(made, [join(path, '0')]);
	t.is(statSync(path).mode & 0o777, 0o700);
	rmSync(state.path, {recursive: true});
	const found = findLeftTemporary(base, temporaryPlace).filter(({id}) => id === state.id);
	t.deepEqual(found, [{id: state.id, path: state.path, record: record(state.id), isUnproven: true}]);
});

test('with temporary directories whose state directory is gone, nothing else goes', async (t) => {
	const outer = mkdtempSync(join(tmpdir(), 'state-'));
	t.teardown(() => rmSync(outer, {recursive: true, force: true}));
	const [precious, temporary, path] = [join(outer, 'precious'), join(outer, 'temporary'), join(outer, 'deadbeef')];
	for (const each of [precious, temporary]) mkdirSync(join(each, 'in'), {recursive: true});
	symlinkSync(precious, path);
	const owner = {pid: 999_999, startTime: '1'};
	const rest = {namespace: recordNamespace(), uri: 'lxc:///system', name: 'x', uuid: 'x', lifetime: 'client', temporary: [temporary]} as const;
	t.true(await removeLeftover({id: 'deadbeef', path, record: {owner, ...rest}, isUnproven: true}, undefined));
	t.deepEqual(readdirSync(outer).toSorted(), ['deadbeef', 'precious']);
	t.deepEqual(readdirSync(precious), ['in']);
});

test('a place for temporary directories that cannot be read holds none that are left', (t) => {
	t.deepEqual(findLeftTemporary('/run/virt-sandbox', '/var/tmp/nowhere/at-all'), []);
});

testWithFuse('one that nobody but its maker may look at is left alone, and the others are found', async (t) => {
	const outer = mkdtempSync(join(tmpdir(), 'state-'));
	t.teardown(() => rmSync(outer, {recursive: true, force: true}));
	await mountForeignFileSystem(t, join(outer, 'virt-sandbox-aaaaaaaa'));
	const left = join(outer, 'virt-sandbox-bbbbbbbb');
	mkdirSync(left);
	const record = {owner: {pid: 999_999, startTime: '1'}, namespace: recordNamespace(), uri: 'lxc:///system', uuid: 'x', lifetime: 'client', temporary: []};
	writeFileSync(join(left, 'owner'), JSON.stringify(record));
	t.deepEqual(
		findLeftTemporary(join(outer, 'base'), outer).map(({id}) => id),
		['bbbbbbbb'],
	);
});
