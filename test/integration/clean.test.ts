import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {identifyProcess, recordNamespace} from '../../src/backend/host/process-identity.ts';
import {makeMetadata} from '../../src/backend/domain/metadata.ts';
import {openConnection} from '../../src/backend/libvirt/index.ts';
import {cleanLeftovers} from '../../src/backend/sandbox.ts';
import {writeXml} from '../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {rootCaller, runInSandbox, startTestSandbox} from '../helpers/run-sandbox.ts';

const self = identifyProcess('self') ?? {pid: 0, startTime: ''};
const nobody = {pid: self.pid, startTime: '1'};

interface LeftDomain {
	readonly owner: typeof self;
	readonly lifetime: SandboxSpec['lifetime'];
	readonly namespace?: string;
}

/** A container of ours that has nothing on the host any more. */
function leftXml(name: string, id: string, {owner, lifetime, namespace = recordNamespace()}: LeftDomain): string {
	const metadata = writeXml(makeMetadata({spec: {...defaultSpec, lifetime}, id, stateDirectory: `/run/virt-sandbox/${id}`, owner, namespace}));
	return `<domain type='lxc'><name>${name}</name>${metadata}<memory>65536</memory><os><type>exe</type><init>/bin/sleep</init><initarg>60</initarg></os>
		<devices><console type='pty'/><filesystem type='mount'><source dir='/'/><target dir='/'/><readonly/></filesystem></devices></domain>`;
}

test('clean ends what is ours by its metadata alone, and nothing that is kept, owned or foreign', async (t) => {
	const {uri} = await startOwnLibvirtd(t);
	const connection = await openConnection(uri);
	try {
		await connection.createXml(leftXml('lost', '0000000a', {owner: nobody, lifetime: 'client'}));
		await connection.createXml(leftXml('kept', '0000000b', {owner: nobody, lifetime: 'keep'}));
		await connection.createXml(leftXml('owned', '0000000c', {owner: self, lifetime: 'client'}));
		await connection.createXml(leftXml('unseen', '0000000e', {owner: nobody, lifetime: 'client', namespace: 'pid:[1]'}));
		await connection.createXml(leftXml('foreign', '0000000d', {owner: nobody, lifetime: 'client'}).replace(/<metadata>.*<\/metadata>/s, ''));
		const cleaned = await cleanLeftovers({caller: rootCaller, uri});
		t.deepEqual(
			cleaned
				.filter(({name}) => name === 'lost' || name === 'kept' || name === 'owned' || name === 'unseen' || name === 'foreign')
				.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
			[
				{id: '0000000a', name: 'lost', result: 'removed'},
				{id: '0000000b', name: 'kept', result: 'kept'},
			],
		);
		const left = await connection.listAllDomains();
		t.deepEqual(left.map(({name}) => name).toSorted(), ['foreign', 'kept', 'owned', 'unseen']);
		await Promise.all(left.map((domain) => connection.destroy(domain)));
	} finally {
		await connection.close();
	}
});

test('clean removes temporary directories that nobody owns, and no others', async (t) => {
	const {uri} = await startOwnLibvirtd(t);
	const make = (id: string, owner: typeof self): string => {
		const path = `/var/tmp/virt-sandbox-${id}`;
		mkdirSync(`${path}/0`, {recursive: true, mode: 0o700});
		const record = {owner, namespace: recordNamespace(), uri, uuid: '00112233-4455-6677-8899-aabbccddeeff', lifetime: 'client', temporary: [path]};
		writeFileSync(`${path}/owner`, JSON.stringify(record));
		return path;
	};
	const suffix = process.hrtime.bigint().toString(16).slice(-7);
	const [left, owned] = [make(`a${suffix}`, nobody), make(`b${suffix}`, self)];
	const cleaned = await cleanLeftovers({caller: rootCaller, uri});
	t.false(existsSync(left));
	t.true(existsSync(owned));
	t.deepEqual(
		cleaned.filter(({id}) => id.endsWith(suffix)),
		[{id: `a${suffix}`, name: undefined, result: 'removed'}],
	);
	make(`b${suffix}`, nobody);
	await cleanLeftovers({caller: rootCaller, uri});
	t.false(existsSync(owned));
});

test('clean acts on nothing that a record says which anybody can have put there', async (t) => {
	const sandbox = await startTestSandbox(t, {command: ['sleep', '60']});
	const suffix = process.hrtime.bigint().toString(16).slice(-7);
	const plant = (id: string, changes: object): string => {
		const path = `/var/tmp/virt-sandbox-${id}`;
		mkdirSync(path, {mode: 0o700});
		t.teardown(() => rmSync(path, {recursive: true, force: true}));
		const record = {
			owner: nobody,
			namespace: recordNamespace(),
			uri: testLibvirtd().uri,
			uuid: '00112233-4455-6677-8899-aabbccddeeff',
			lifetime: 'client',
			temporary: [],
		};
		writeFileSync(`${path}/owner`, JSON.stringify({...record, ...changes}));
		return path;
	};
	const [uuid = ''] = await uuidsOf(sandbox.name);
	const aimed = plant(`c${suffix}`, {uuid, name: sandbox.name});
	const command = join(plant(`d${suffix}`, {}), 'run');
	writeFileSync(command, `#!/bin/sh\ntouch ${command}.done\n`, {mode: 0o755});
	plant(`e${suffix}`, {uri: `lxc+ssh://somewhere/system?command=${command}`});
	await cleanLeftovers({caller: rootCaller, uri: testLibvirtd().uri});
	t.deepEqual(await uuidsOf(sandbox.name), [uuid]);
	t.true(existsSync(aimed));
	t.false(existsSync(`${command}.done`));
	sandbox.session.kill(9);
	t.is(await sandbox.session.exited, 137);
});

async function uuidsOf(name: string): Promise<string[]> {
	const connection = await openConnection(testLibvirtd().uri);
	try {
		return (await connection.listAllDomains()).filter((domain) => domain.name === name).map(({uuid}) => uuid);
	} finally {
		await connection.close();
	}
}

test('a temporary directory is signed by its owner, out of the guest’s sight', async (t) => {
	const mount = {type: 'host-bind', target: '/mnt', source: undefined, readonly: false, relabel: undefined} as const;
	t.deepEqual(await runInSandbox(t, ['ls', '-A', '/mnt'], {mounts: [mount]}), {status: 0, stdout: '', stderr: ''});
});
