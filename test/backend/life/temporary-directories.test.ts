import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {createStateDirectory, type OwnerRecord} from '../../../src/backend/guest/state-directory.ts';
import {pidNamespace} from '../../../src/backend/host/process-identity.ts';
import {findLeftTemporary} from '../../../src/backend/life/leftovers.ts';
import {makeMachineTemporary} from '../../../src/backend/life/machine-files.ts';
import {temporaryBase, temporaryPlace} from '../../../src/backend/life/temporary-directories.ts';
import {parseMount} from '../../../src/spec/parse-mount.ts';

test('the temporary directories of a machine are found when nothing else of it is left', (t) => {
	const outer = mkdtempSync(join(tmpdir(), 'state-'));
	t.teardown(() => rmSync(outer, {recursive: true, force: true}));
	const record = (id: string): OwnerRecord => ({
		owner: {pid: process.pid, startTime: '1'},
		namespace: pidNamespace(),
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

test('a place for temporary directories that cannot be read holds none that are left', (t) => {
	t.deepEqual(findLeftTemporary('/run/virt-sandbox', '/var/tmp/nowhere/at-all'), []);
});
