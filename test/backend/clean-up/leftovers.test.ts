import {spawn, type ChildProcess} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {metadataUri} from '../../../src/backend/domain/metadata.ts';
import {writeOwnerRecord, type OwnerRecord} from '../../../src/backend/guest/state/state-directory.ts';
import {identifyProcess, recordNamespace} from '../../../src/backend/host/process-identity.ts';
import {errorCodes, LibvirtError} from '../../../src/backend/libvirt/errors.ts';
import {findLeftovers, findLeftTemporary, removeLeftover} from '../../../src/backend/clean-up/leftovers.ts';

/** Of a sandbox whose state is there. */
function xmlOf(stateDirectory: string): string {
	const inside = `<v:owner pid='1' started='0'/><v:state directory='${stateDirectory}'/>`;
	return `<domain><metadata><v:sandbox xmlns:v='${metadataUri}' version='1' id='0000abcd'>${inside}</v:sandbox></metadata></domain>`;
}

test('a domain that could not be destroyed because it just goes is gone', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'leftover-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const path = join(base, '0000abcd');
	mkdirSync(path);
	const uuid = '00000000-0000-0000-0000-000000000000';
	const fails = (code: number): Promise<never> => Promise.reject(new LibvirtError({code, domain: 0, level: 2, text: 'it failed', procedure: 'TEST'}));
	let looks = 0;
	const connection = {
		getXmlDesc: () => Promise.resolve(xmlOf(path)),
		lookupByUuid: () => (++looks > 2 ? fails(errorCodes.noDomain) : Promise.resolve({name: 'going', uuid, id: 1})),
		destroy: () => fails(errorCodes.internal),
	};
	const owner = {pid: 4_194_304, startTime: '1'};
	const record = {owner, namespace: recordNamespace(), uri: 'lxc:///system', name: undefined, uuid, lifetime: 'client' as const, tty: false, temporary: []};
	writeOwnerRecord(path, record);
	t.true(await removeLeftover({id: '0000abcd', path, record}, connection));
	t.false(existsSync(path));
});

test('a libvirtd that refuses at once is told, and ends nothing else', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'leftover-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const path = join(base, '0000abcd');
	mkdirSync(path);
	const fails = (): Promise<never> =>
		Promise.reject(new LibvirtError({code: errorCodes.internal, domain: 0, level: 2, text: 'it failed', procedure: 'TEST'}));
	const record = {
		owner: {pid: 4_194_304, startTime: '1'},
		namespace: recordNamespace(),
		uri: 'lxc:///system',
		name: 'a',
		uuid: randomUUID(),
		lifetime: 'client' as const,
		temporary: [],
	};
	const leftover = {id: '0000abcd', path, record};
	await t.throwsAsync(removeLeftover(leftover, {lookupByUuid: fails, getXmlDesc: fails, destroy: fails}), {message: /it failed/});
});

test('a record that a sandbox planted ends no domain, and no QEMU, that is not of its state directory', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'leftover-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const path = join(base, '0000abcd');
	const uuid = randomUUID();
	const program = join(base, 'qemu-system-x86_64');
	copyFileSync('/bin/sh', program);
	const begin = async (words: readonly string[]): Promise<ChildProcess> => {
		const child = spawn(program, ['-c', 'echo; read line', 'guest', '-uuid', uuid, ...words], {stdio: ['pipe', 'pipe', 'inherit']});
		t.teardown(() => child.kill('SIGKILL'));
		await once(child.stdout, 'data');
		return child;
	};
	const others = await begin(['-chardev', `socket,path=${base}/0000abce/io/ctl`]);
	const record = {
		owner: {pid: 4_194_304, startTime: '1'},
		namespace: recordNamespace(),
		uri: 'qemu:///system',
		name: undefined,
		uuid,
		lifetime: 'client' as const,
		temporary: [],
	};
	const leftover = {id: '0000abcd', path, record};
	const place = (): void => {
		mkdirSync(path);
		writeOwnerRecord(path, record);
	};
	place();
	let destroyed = 0;
	const domain = {name: 'precious', uuid, id: 1};
	const found = {lookupByUuid: () => Promise.resolve(domain), destroy: () => Promise.resolve(void destroyed++)};
	for (const xml of ['<domain><name>precious</name></domain>', xmlOf(join(base, '0000abce'))]) {
		const connection = {...found, getXmlDesc: () => Promise.resolve(xml)};
		await t.throwsAsync(removeLeftover(leftover, connection), {code: 'refused', message: /names the domain 'precious', which is not its sandbox/});
	}
	t.deepEqual([destroyed, existsSync(path)], [0, true]);
	// Its own is ended, and its QEMU.
	const own = await begin(['-chardev', `socket,path=${path}/io/ctl`]);
	const exited = once(own, 'exit');
	t.true(await removeLeftover(leftover, {...found, getXmlDesc: () => Promise.resolve(xmlOf(path))}));
	t.deepEqual([destroyed, existsSync(path), await exited], [1, false, [null, 'SIGKILL']]);
	// Where no libvirtd answers as well.
	place();
	const orphan = once(await begin(['-chardev', `socket,path=${path}/io/ctl`]), 'exit');
	t.true(await removeLeftover(leftover, undefined));
	t.deepEqual(await orphan, [null, 'SIGKILL']);
	t.deepEqual([others.exitCode, others.signalCode], [null, null]);
});

test('a kept sandbox stays as long as its domain runs; one that libvirt lists, and does not run, goes', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'leftover-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const path = join(base, '0000abcd');
	mkdirSync(path);
	const [owner, uuid] = [{pid: 1, startTime: '0'}, '00000000-0000-0000-0000-000000000000'];
	const record = {owner, namespace: recordNamespace(), uri: 'lxc:///system', name: undefined, uuid, lifetime: 'keep' as const, tty: false, temporary: []};
	writeOwnerRecord(path, record);
	const put = (id: number): Promise<boolean> => {
		const error = new LibvirtError({code: errorCodes.operationInvalid, domain: 0, level: 2, text: 'not running', procedure: 'TEST'});
		const connection = {
			getXmlDesc: () => Promise.resolve(xmlOf(path)),
			lookupByUuid: () => Promise.resolve({name: 'kept', uuid, id}),
			destroy: () => Promise.reject(error),
		};
		return removeLeftover({id: '0000abcd', path, record}, connection);
	};
	t.deepEqual([await put(7), existsSync(path)], [false, true]);
	t.deepEqual([await put(-1), existsSync(path)], [true, false]);
});

test('an image that a machine was lent and that lies there no more is told, and all else of it goes', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'leftover-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const path = join(base, '0000abcd');
	mkdirSync(path);
	const image = {path: join(base, 'image'), device: '1', inode: '2', born: '3', uid: 4, gid: 5};
	writeFileSync(join(path, 'lent'), JSON.stringify({user: {uid: 6, gid: 7}, images: [image]}), {mode: 0o600});
	const connection = {
		lookupByUuid: () => Promise.reject(new LibvirtError({code: errorCodes.noDomain, domain: 0, level: 2, text: 'none', procedure: 'TEST'})),
	};
	const [owner, uuid] = [{pid: 1, startTime: '0'}, '00000000-0000-0000-0000-000000000000'];
	const record = {owner, namespace: recordNamespace(), uri: 'qemu:///system', name: undefined, uuid, lifetime: 'client' as const, tty: false, temporary: []};
	const told: string[] = [];
	const voice = {notice: (...words: readonly (string | undefined)[]) => void told.push(words.join(' '))};
	const destroying = {...connection, getXmlDesc: () => Promise.resolve(''), destroy: () => Promise.resolve()};
	writeOwnerRecord(path, record);
	t.true(await removeLeftover({id: '0000abcd', path, record}, destroying, {voice}));
	t.false(existsSync(path));
	t.deepEqual(told, [
		`warning image-owner The image ${image.path} is not given back to its owner (4:5): it does not lie there any more If it was moved, give it back by chown`,
	]);
});

test('what somebody has mounted by the name of temporary directories is not looked at', (t) => {
	const place = mkdtempSync(join(tmpdir(), 'leftover-'));
	t.teardown(() => rmSync(place, {recursive: true, force: true}));
	const [served = '', empty = ''] = ['virt-sandbox-0000abcd', 'virt-sandbox-0000abce'].map((name) => join(place, name));
	for (const path of [served, empty]) {
		mkdirSync(path);
		utimesSync(path, 0, 0);
	}
	const mount = {mountPoint: served, fileSystem: 'fuse', readonly: false, flags: [], options: ['user_id=4242', 'allow_other']};
	t.deepEqual(findLeftTemporary(join(place, 'states'), place, [mount]), []);
	// What nobody signed, and is empty, goes.
	t.deepEqual([existsSync(served), existsSync(empty)], [true, false]);
});

test('a temporary directory that others may write to, who may have moved it there, counts for nothing', (t) => {
	const place = mkdtempSync(join(tmpdir(), 'leftover-'));
	t.teardown(() => rmSync(place, {recursive: true, force: true}));
	const make = (id: string, mode: number): void => {
		const path = join(place, `virt-sandbox-${id}`);
		mkdirSync(path);
		const [owner, uuid] = [{pid: 1, startTime: '1'}, '00000000-0000-0000-0000-000000000000'];
		writeOwnerRecord(path, {owner, namespace: recordNamespace(), uri: 'lxc:///system', name: undefined, uuid, lifetime: 'client', temporary: []});
		chmodSync(path, mode);
	};
	make('0000aaaa', 0o700);
	// As a guest with mapped ids gets it.
	make('0000aaab', 0o710);
	make('0000aaac', 0o777);
	make('0000aaad', 0o770);
	t.deepEqual(
		findLeftTemporary(join(place, 'states'), place, []).map(({id}) => id),
		['0000aaaa', '0000aaab'],
	);
});

test('nothing is removed of what runs on another host, whose home this is too, nor of what has an owner after all', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'leftover-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const rest = {uri: 'lxc:///system', name: undefined, uuid: randomUUID(), lifetime: 'client', temporary: []} as const;
	const dead = {...rest, owner: {pid: 4_194_304, startTime: '1'}, namespace: recordNamespace()};
	const alive = {...dead, owner: identifyProcess('self') ?? dead.owner};
	const make = (id: string, record: OwnerRecord): string => {
		const path = join(base, id);
		mkdirSync(path, {mode: 0o700});
		writeOwnerRecord(path, record);
		return path;
	};
	const path = make('0000aaaa', dead);
	make('0000aaab', {...dead, namespace: recordNamespace().replace(/^\S* /, '0123456789abcdef0123456789abcdef ')});
	make('0000aaac', alive);
	t.deepEqual(
		findLeftovers(base).map(({id}) => id),
		['0000aaaa'],
	);
	// As after a fault of a moment.
	writeOwnerRecord(path, alive);
	t.false(await removeLeftover({id: '0000aaaa', path, record: dead}, undefined));
	t.true(existsSync(path));
});
