import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
	chmodSync,
	chownSync,
	closeSync,
	copyFileSync,
	existsSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {ShellError} from '../../../../src/core/errors.ts';
import {removeStateDirectory, removeTemporary} from '../../../../src/backend/guest/state/remove-state.ts';
import {replaceFile} from '../../../../src/backend/host/files/replace-file.ts';
import {removeTree} from '../../../../src/backend/guest/state/remove-tree.ts';
import {
	createStateDirectory,
	isLostState,
	listStates,
	makeSkeleton,
	placeOfStates,
	readOwnerRecord,
	stateBase,
	temporaryBase,
	writeOwnerRecord,
	type OwnerRecord,
} from '../../../../src/backend/guest/state/state-directory.ts';

const record: OwnerRecord = {
	owner: {pid: 1, startTime: '2'},
	namespace: 'pid:[3]',
	uri: 'lxc:///system',
	name: 'web',
	uuid: '67bc0a5c-aa58-4b79-87ed-722b16dc7a47',
	lifetime: 'client',
	tty: false,
	temporary: [],
};

/** Only root can make what is another's. */
const testAsRoot = process.geteuid?.() === 0 ? test : Object.assign(test.skip, {serial: test.serial.skip});

function makeBase(t: ExecutionContext): string {
	const base = mkdtempSync(join(tmpdir(), 'state-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	return base;
}

test('a record comes back whole', (t) => {
	const path = makeBase(t);
	const whole: Required<OwnerRecord> = {...record, tty: true, qemu: 64_055, lifetime: 'keep', temporary: [temporaryBase(basename(path))]};
	writeOwnerRecord(path, whole);
	t.deepEqual(readOwnerRecord(path), whole);
});

test('a state directory is of its owner alone, and says whose it is', async (t) => {
	const state = createStateDirectory(makeBase(t), () => record);
	t.regex(state.id, /^[0-9a-f]{8}$/);
	t.is(statSync(state.path).mode & 0o777, 0o700);
	t.is(statSync(state.root).mode & 0o777, 0o700);
	t.is(statSync(join(state.path, 'owner')).mode & 0o777, 0o600);
	t.deepEqual(readOwnerRecord(state.path), record);
	await removeStateDirectory(state.path);
	t.false(existsSync(state.path));
});

test('every user of the guest gets through to its pipes, made under a strict umask, and lists them not', (t) => {
	const old = process.umask(0o077);
	const state = createStateDirectory(makeBase(t), () => record);
	process.umask(old);
	t.is(statSync(state.io).mode & 0o777, 0o711);
});

test('a record that is cut or of another kind is none', (t) => {
	const {path} = createStateDirectory(makeBase(t), () => record);
	for (const text of ['', '{', 'null', '[]', '{"owner":{"pid":"1"}}', JSON.stringify({...record, uuid: 7})]) {
		writeFileSync(join(path, 'owner'), text);
		t.is(readOwnerRecord(path), undefined, text);
	}
});

test('a link of the skeleton leads where that of the root does, byte for byte', (t) => {
	const state = createStateDirectory(makeBase(t), () => record);
	makeSkeleton(state.root, [{kind: 'symlink', path: 'link', to: 'srv/a\udcff'}]);
	t.deepEqual(readlinkSync(join(state.root, 'link'), 'buffer'), Buffer.from('srv/a\xff', 'latin1'));
});

test('a removal never takes what was put into the skeleton by others', async (t) => {
	const base = makeBase(t);
	const state = createStateDirectory(base, () => record);
	makeSkeleton(state.root, [
		{kind: 'directory', path: 'usr'},
		{kind: 'file', path: 'file'},
		{kind: 'symlink', path: 'bin', to: 'usr/bin'},
	]);
	writeFileSync(join(state.root, 'usr', 'precious'), 'content');
	writeFileSync(join(state.root, 'file'), 'content');
	await t.throwsAsync(removeStateDirectory(state.path), {instanceOf: ShellError});
	t.is(readFileSync(join(state.root, 'usr', 'precious'), 'utf8'), 'content');
	t.is(readFileSync(join(state.root, 'file'), 'utf8'), 'content');
	rmSync(join(state.root, 'usr', 'precious'));
	rmSync(join(state.root, 'file'));
	await removeStateDirectory(state.path);
	t.deepEqual(readdirSync(base), []);
});

test('a removal follows no link', async (t) => {
	const base = makeBase(t);
	const outside = join(base, 'outside');
	mkdirSync(outside);
	writeFileSync(join(outside, 'precious'), '');
	const state = createStateDirectory(base, () => record);
	symlinkSync(outside, join(state.io, 'link'));
	const temporary = join(base, 'temporary');
	mkdirSync(temporary);
	symlinkSync(outside, join(temporary, 'link'));
	await removeStateDirectory(state.path, [temporary]);
	t.deepEqual(readdirSync(base), ['outside']);
	t.deepEqual(readdirSync(outside), ['precious']);
	await removeStateDirectory(state.path, [temporary]);
	t.pass('twice is fine');
});

test('who has a file of a state directory open has nothing of it once that is removed', async (t) => {
	const base = makeBase(t);
	const state = createStateDirectory(base, () => record);
	const outside = join(base, 'outside');
	writeFileSync(outside, 'content');
	linkSync(outside, join(state.io, 'second-name'));
	symlinkSync(outside, join(state.io, 'link'));
	const temporary = join(base, 'temporary');
	mkdirSync(temporary);
	const open = ['io/busybox', 'log'].map((name) => join(state.path, name)).concat(join(temporary, 'file'));
	const descriptors = open.map((path) => {
		writeFileSync(path, 'content', {mode: 0o755});
		return openSync(path, 'r');
	});
	t.teardown(() => descriptors.forEach((descriptor) => closeSync(descriptor)));
	await removeStateDirectory(state.path, [temporary]);
	t.deepEqual(readdirSync(base), ['outside']);
	t.is(readFileSync(outside, 'utf8'), 'content');
	// A log is read to its end. A temporary directory is the guest’s: what it has handed over stays what it is.
	t.deepEqual(
		descriptors.map((descriptor) => readFileSync(descriptor, 'utf8')),
		['', 'content', 'content'],
	);
});

test('a program that runs is removed from a state directory all the same', async (t) => {
	const base = makeBase(t);
	const state = createStateDirectory(base, () => record);
	const program = join(state.io, 'busybox');
	copyFileSync('/bin/sleep', program);
	const child = spawn(program, ['60']);
	t.teardown(() => child.kill());
	await once(child, 'spawn');
	await removeStateDirectory(state.path);
	t.deepEqual(readdirSync(base), []);
	t.is(child.exitCode, null);
});

testAsRoot.serial('what is mounted over a file of a state directory stays whole', async (t) => {
	const base = makeBase(t);
	const state = createStateDirectory(base, () => record);
	const [precious, place] = [join(base, 'precious'), join(state.io, 'file')];
	writeFileSync(precious, 'content');
	writeFileSync(place, 'content');
	// In a namespace of its own, where it is removed as well.
	const module = new URL('../../../../src/backend/guest/state/remove-state.js', import.meta.url);
	const program = `import {removeStateDirectory} from ${JSON.stringify(module.href)}; await removeStateDirectory(${JSON.stringify(state.path)})`;
	const script = 'mount --bind "$0" "$1" && exec "$2" --input-type=module -e "$3"';
	const {stderr} = spawnSync('unshare', ['-m', 'sh', '-c', script, precious, place, process.execPath, program], {encoding: 'utf8', timeout: 30_000});
	t.regex(stderr, /Cannot remove .*\/io/);
	t.is(readFileSync(precious, 'utf8'), 'content');
	t.is(readFileSync(place, 'utf8'), 'content');
});

test('a state directory keeps nothing but its record where a temporary directory cannot be removed', async (t) => {
	const base = makeBase(t);
	const state = createStateDirectory(base, () => record);
	writeFileSync(join(state.io, 'busybox'), 'content');
	const temporary = join(base, 'temporary');
	execFileSync('sh', ['-c', 'mkdir "$0"; cd "$0"; seq 6000 | xargs mkdir', temporary]);
	await t.throwsAsync(removeStateDirectory(state.path, [temporary], {signal: AbortSignal.abort()}), {code: 'unavailable'});
	t.deepEqual(readdirSync(state.path), ['owner']);
	await removeStateDirectory(state.path, [temporary]);
	t.deepEqual(readdirSync(base), []);
});

testAsRoot.serial('an ordinary user removes what a command has closed to them, and changes nothing that a link leads to', async (t) => {
	const base = makeBase(t);
	chmodSync(base, 0o755);
	const [temporary, outside] = [join(base, 'temporary'), join(base, 'outside')];
	const script = `
		mkdir -p outside/inner temporary/closed/deep temporary/fixed/fixed temporary/listed "temporary/$(printf 'caf\\351')/bad"
		ln -s ../outside temporary/link; ln -s ../../outside/inner temporary/closed/deep/link
		for file in closed/deep fixed/fixed listed; do echo >temporary/$file/file; done
		deep=temporary/closed/deep; mkdir -p $deep/${'d/'.repeat(300)}; chmod 0 $deep/${'d/'.repeat(300)}
		chmod 500 temporary/caf*; chmod 0 temporary/caf*/bad
		chmod 555 temporary/fixed/fixed temporary/fixed; chmod 400 temporary/listed
		chmod 0 $deep temporary/closed temporary; chmod 500 outside/inner outside
		chown -hR 65534:65534 outside temporary`;
	execFileSync('sh', ['-e', '-c', script], {cwd: base});
	chownSync(base, 65_534, 65_534);
	process.seteuid?.(65_534);
	try {
		await removeTree(temporary);
	} finally {
		process.seteuid?.(0);
	}
	t.deepEqual(readdirSync(base), ['outside']);
	t.is(statSync(outside).mode & 0o777, 0o500);
	t.is(statSync(join(outside, 'inner')).mode & 0o777, 0o500);
});

test('a temporary directory that is not ours alone is another’s that has its name by now, and is left', async (t) => {
	const base = makeBase(t);
	const make = (name: string, mode: number): string => {
		mkdirSync(join(base, name, 'inside'), {recursive: true});
		chmodSync(join(base, name), mode);
		return join(base, name);
	};
	const [own, group] = [make('own', 0o710), make('group', 0o2775)];
	const others = process.getuid?.() === 0 ? [make('other', 0o700)] : [];
	for (const path of others) chownSync(path, 65_534, 65_534);
	for (const path of [own, group, ...others]) await removeTemporary(path, {});
	t.deepEqual(
		[own, group, ...others].map((path) => existsSync(path)),
		[false, true, ...others.map(() => true)],
	);
});

test('a tree with more levels than there are descriptors is removed', (t) => {
	const base = makeBase(t);
	const temporary = join(base, 'temporary');
	mkdirSync(join(temporary, 'd/'.repeat(300)), {recursive: true});
	const {path} = createStateDirectory(base, () => record);
	const module = new URL('../../../../src/backend/guest/state/remove-state.js', import.meta.url);
	const program = `import {removeStateDirectory} from ${JSON.stringify(module.href)}; await removeStateDirectory(${JSON.stringify(path)}, [${JSON.stringify(temporary)}])`;
	const {status, stderr} = spawnSync('sh', ['-c', 'ulimit -n 100; exec "$0" --input-type=module -e "$1"', process.execPath, program], {
		encoding: 'utf8',
		timeout: 30_000,
	});
	t.deepEqual({status, stderr}, {status: 0, stderr: ''});
	t.deepEqual(readdirSync(base), []);
});

test('state is in memory: of root at one place, of others below their runtime directory', (t) => {
	t.is(placeOfStates({uid: 0, environment: {}}), '/run/virt-sandbox');
	t.is(placeOfStates({uid: 7, environment: {XDG_RUNTIME_DIR: '/run/user/7'}}), '/run/user/7/virt-sandbox');
	// As after `su -`.
	t.is(placeOfStates({uid: 7, environment: {HOME: '/home/me'}}, '/nowhere'), '/home/me/.cache/virt-sandbox/run');
	t.is(placeOfStates({uid: 7, environment: {XDG_RUNTIME_DIR: 'not absolute', XDG_CACHE_HOME: '/cache'}}, '/nowhere'), '/cache/virt-sandbox/run');
	const users = mkdtempSync(join(tmpdir(), 'users-'));
	t.teardown(() => rmSync(users, {recursive: true}));
	const uid = process.getuid?.() ?? 0;
	const environment = {HOME: '/home/me'};
	const asOrdinary = uid === 0 ? 7 : uid;
	mkdirSync(join(users, String(asOrdinary)), {mode: 0o700});
	if (uid === 0) chownSync(join(users, '7'), 7, 7);
	t.is(placeOfStates({uid: asOrdinary, environment}, users), join(users, String(asOrdinary), 'virt-sandbox'));
	chmodSync(join(users, String(asOrdinary)), 0o755);
	t.is(placeOfStates({uid: asOrdinary, environment}, users), '/home/me/.cache/virt-sandbox/run');
});

test('a record counts when it is a file of ours, and what it may have removed is what a start makes', (t) => {
	const base = makeBase(t);
	const {id, path} = createStateDirectory(base, () => ({...record, temporary: [temporaryBase('00000000'), '/home/me']}));
	t.deepEqual(readOwnerRecord(path), record);
	const ours = {...record, temporary: [temporaryBase(id)]};
	writeOwnerRecord(path, ours);
	t.deepEqual(readOwnerRecord(path), ours);
	const owner = join(path, 'owner');
	chmodSync(owner, 0o666);
	t.is(readOwnerRecord(path), undefined, 'others may write to it');
	chmodSync(owner, 0o600);
	renameSync(owner, join(base, 'elsewhere'));
	symlinkSync(join(base, 'elsewhere'), owner);
	t.is(readOwnerRecord(path), undefined, 'it is a link');
	rmSync(owner);
	execFileSync('mkfifo', [owner]);
	t.is(readOwnerRecord(path), undefined, 'it is a FIFO');
});

testAsRoot('a record of another user is none', (t) => {
	const {path} = createStateDirectory(makeBase(t), () => record);
	chownSync(join(path, 'owner'), 65_534, 65_534);
	t.is(readOwnerRecord(path), undefined);
});

test('the place of all state is refused where others could put something, and nothing is looked for where it is not there', (t) => {
	const runtime = makeBase(t);
	const caller = {uid: 7, environment: {XDG_RUNTIME_DIR: runtime}};
	const base = stateBase(caller);
	t.deepEqual(listStates(base), []);
	const {id} = createStateDirectory(base, () => record);
	writeFileSync(join(base, 'nbd.lock'), '');
	t.deepEqual(listStates(base), [id]);
	chmodSync(base, 0o777);
	for (const look of [() => stateBase(caller), () => listStates(base)]) {
		t.throws(look, {instanceOf: ShellError, code: 'refused', message: `${base} is a directory that others may write to`});
	}
});

test('a base that cannot be made is told with its path', (t) => {
	const base = join(makeBase(t), 'file', 'virt-sandbox');
	writeFileSync(join(base, '..'), '');
	t.throws(() => createStateDirectory(base, () => record), {instanceOf: ShellError, message: `${join(base, '..')}, on the way to ${base}, is no directory`});
});

test('a base that others may write to, or that is another’s, is refused', (t) => {
	const base = makeBase(t);
	const [open, foreign] = [join(base, 'open'), join(base, 'foreign')];
	for (const path of [open, foreign]) mkdirSync(path);
	chmodSync(open, 0o777);
	// Only root can make another's directory.
	if (process.geteuid?.() === 0) chownSync(foreign, 65534, 65534);
	else chmodSync(foreign, 0o770);
	for (const path of [open, foreign]) {
		t.throws(() => createStateDirectory(path, () => record), {instanceOf: ShellError, code: 'refused', message: new RegExp(`^${path} `)});
	}
	t.deepEqual(readdirSync(open), []);
});

test('a state directory goes also where somebody notes something in it meanwhile', async (t) => {
	const base = makeBase(t);
	const script = 'echo ready; while [ "$(ls "$0/io" | wc -l)" = 20000 ]; do :; done; : >"$0/destroyed" && echo wrote';
	/** Whether something was noted in it. */
	const removeOne = async (): Promise<boolean> => {
		const {path, io} = createStateDirectory(base, () => record);
		for (let file = 0; file < 20_000; file++) writeFileSync(join(io, String(file)), '');
		const other = spawn('sh', ['-c', script, path], {stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000});
		let said = '';
		other.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
		const closed = once(other, 'close');
		await once(other.stdout, 'data');
		await removeStateDirectory(path);
		t.false(existsSync(path));
		await closed;
		return said.includes('wrote');
	};
	// The other may be late.
	let rounds = 1;
	while (!(await removeOne()) && rounds < 10) rounds++;
	t.true(rounds < 10);
});

test('what a sandbox planted as a state directory, or on the way to one, costs nothing that it leads to', async (t) => {
	const base = makeBase(t);
	const [precious, elsewhere] = [join(base, 'precious'), join(base, 'elsewhere')];
	for (const directory of [join(precious, 'thesis'), join(elsewhere, '20260412')]) {
		mkdirSync(directory, {recursive: true});
		writeFileSync(join(directory, 'text'), '');
	}
	const link = join(base, 'deadbeef');
	symlinkSync(precious, link);
	writeFileSync(join(base, 'deadbee0'), '');
	t.deepEqual(listStates(base), []);
	t.true(isLostState(link, base));
	await t.throwsAsync(removeStateDirectory(link), {message: /Cannot remove the state directory/});
	// A directory of that name that says nothing of a sandbox.
	symlinkSync(elsewhere, join(base, 'run'));
	await t.throwsAsync(removeStateDirectory(join(base, 'run/20260412')), {message: /Cannot remove the state directory/});
	t.deepEqual(readdirSync(precious), ['thesis']);
	t.deepEqual(readdirSync(join(elsewhere, '20260412')), ['text']);
});

test('a state directory goes whose maker died before, or while, it wrote the record', async (t) => {
	const base = makeBase(t);
	const paths = ['00000001', '00000002'].map((name) => join(base, name));
	for (const path of paths) mkdirSync(path);
	writeFileSync(join(base, '00000002/owner.new'), '');
	for (const path of paths) await removeStateDirectory(path);
	t.deepEqual(readdirSync(base), []);
});

testAsRoot.serial('a state directory that something is mounted in keeps its record, by which its removal goes on', (t) => {
	const base = makeBase(t);
	const state = createStateDirectory(base, () => record);
	mkdirSync(join(state.root, 'usr'));
	const module = new URL('../../../../src/backend/guest/state/remove-state.js', import.meta.url);
	const program = `import {removeStateDirectory} from ${JSON.stringify(module.href)}; await removeStateDirectory(${JSON.stringify(state.path)})`;
	const script = 'mount -t tmpfs none "$0"; "$1" --input-type=module -e "$2"; ls "$3"; umount "$0"; exec "$1" --input-type=module -e "$2"';
	const words = ['-m', 'sh', '-c', script, join(state.root, 'usr'), process.execPath, program, state.path];
	const {stdout, stderr, status} = spawnSync('unshare', words, {encoding: 'utf8', timeout: 30_000});
	t.regex(stderr, /Cannot remove the state directory/);
	t.deepEqual({stdout, status}, {stdout: 'owner\nroot\n', status: 0});
	t.deepEqual(readdirSync(base), []);
});

test('what lies by the name that a file has while it is written is not followed, and not waited for', (t) => {
	const base = makeBase(t);
	const [precious, file] = [join(base, 'precious'), join(base, 'file')];
	writeFileSync(precious, 'content');
	symlinkSync(precious, `${file}.new`);
	t.throws(() => replaceFile(file, 'text'), {code: 'ELOOP'});
	execFileSync('mkfifo', [`${file}.new`]);
	t.throws(() => replaceFile(file, 'text'), {code: 'ENXIO'});
	replaceFile(file, 'text');
	t.is(readFileSync(file, 'utf8'), 'text');
	t.is(readFileSync(precious, 'utf8'), 'content');
	t.deepEqual(readdirSync(base).toSorted(), ['file', 'precious']);
});
