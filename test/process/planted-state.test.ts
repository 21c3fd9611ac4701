// An ordinary user whose XDG_RUNTIME_DIR is where another user can make it: what lies there is not the user's own.
import {once} from 'node:events';
import {chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {identifyProcess, recordNamespace} from '../../src/backend/host/process-identity.ts';
import {makeUser, nobody, type OrdinaryUser} from '../helpers/ordinary-user.ts';

/** Only root can be two other users. */
const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;
const stranger = 1;

interface Planted {
	readonly user: OrdinaryUser;
	/** That of the user, with a record in it that the stranger wrote. */
	readonly runtime: string;
	/** A directory of the user's. */
	readonly precious: string;
	/** There once the user has run what the record names. */
	readonly hasRun: string;
}

function plant(
	t: ExecutionContext,
	record: (at: Pick<Planted, 'precious'> & {readonly program: string}) => Readonly<Record<string, unknown>>,
	by = stranger,
): Planted {
	const user = makeUser();
	const place = mkdtempSync(join(tmpdir(), 'planted-'));
	t.teardown(async () => {
		await user.end();
		rmSync(place, {recursive: true, force: true});
	});
	chmodSync(place, 0o1777);
	const [runtime, program] = [join(place, 'runtime'), join(place, 'program')];
	const [precious, hasRun] = [join(user.home, 'precious'), join(user.home, 'has-run')];
	writeFileSync(program, `#!/bin/sh\n>${hasRun}\n`, {mode: 0o755});
	mkdirSync(precious);
	chownSync(precious, nobody, nobody);
	const state = join(runtime, 'virt-sandbox/deadbeef');
	mkdirSync(state, {recursive: true});
	const owner = {owner: {pid: 999_999, startTime: '1'}, namespace: recordNamespace(), name: 'x', uuid: '00112233-4455-6677-8899-aabbccddeeff'};
	writeFileSync(join(state, 'owner'), JSON.stringify({...owner, lifetime: 'client', temporary: [], ...record({precious, program})}), {mode: 0o644});
	for (const path of [runtime, join(runtime, 'virt-sandbox'), state, join(state, 'owner')]) chownSync(path, by, by);
	return {user, runtime, precious, hasRun};
}

const asked = [
	['virt-sandbox', ['--clean']],
	['virt-sandbox', ['--exec', 'x', '--', 'true']],
	['virt-sandbox-shell', ['stop', 'x']],
	['virt-sandbox-shell', ['wait', 'x']],
] as const;

testAsRoot('what another user planted as a state directory runs nothing and removes nothing', async (t) => {
	const records = [
		plant(t, ({program}) => ({uri: `qemu+ssh://localhost/session?command=${program}`})),
		plant(t, ({precious}) => ({uri: 'lxc:///system?socket=/nonexistent', temporary: [precious]})),
	];
	for (const {user, runtime, precious, hasRun} of records) {
		for (const [program, words] of asked) {
			const {status, stderr} = await user.run(program, words, {environment: {...user.environment, XDG_RUNTIME_DIR: runtime}});
			const said = `${words.join(' ')}: ${stderr}`;
			t.not(status, 0, said);
			t.regex(stderr, new RegExp(`${runtime}, on the way to ${runtime}/virt-sandbox, belongs to another user, whose id is ${stranger}`), said);
			t.false(existsSync(hasRun), said);
			t.true(existsSync(precious), said);
		}
	}
});

testAsRoot('what a sandbox planted as its user names no program that runs on the host', async (t) => {
	// Of process 1, which lives.
	const owner = identifyProcess(1) ?? {pid: 1, startTime: '0'};
	const {user, runtime, hasRun} = plant(t, ({program}) => ({uri: `qemu+ssh://localhost/session?command=${program}`, owner, lifetime: 'keep'}), nobody);
	for (const [program, words] of [
		...asked,
		...['list', 'info', 'log'].map((word) => ['virt-sandbox-shell', word === 'list' ? [word] : [word, 'x']] as const),
	]) {
		const {stderr} = await user.run(program, words, {environment: {...user.environment, XDG_RUNTIME_DIR: runtime}});
		t.false(existsSync(hasRun), `${words.join(' ')}: ${stderr}`);
	}
});

testAsRoot('what listens at a planted socket, and a planted journal of labels, name no program that runs on the host', async (t) => {
	const {user, runtime, hasRun} = plant(t, () => ({uri: 'qemu:///session', owner: identifyProcess(1) ?? {pid: 1, startTime: '0'}}), nobody);
	const uri = `qemu+ssh://localhost/session?command=${join(runtime, '../program')}`;
	const control = join(runtime, 'virt-sandbox/deadbeef/control');
	const place = {kind: 'libvirt', uri, uuid: '00112233-4455-6677-8899-aabbccddeeff'};
	const server = createServer((socket) => {
		socket.on('error', () => {});
		// To whichever of the two was asked.
		for (const answer of [
			{tell: 'session', number: 0, place},
			{tell: 'direct', tty: 1, uri, uuid: place.uuid},
		]) {
			socket.write(`${JSON.stringify(answer)}\n`);
		}
	});
	t.teardown(() => server.close());
	await once(server.listen(control), 'listening');
	chownSync(control, nobody, nobody);
	const journals = join(user.home, '.local/state/virt-sandbox/journal');
	mkdirSync(journals, {recursive: true, mode: 0o700});
	const owner = {pid: 999_999, startTime: '1'};
	const journal = {version: 1, id: '00000001', owner, namespace: recordNamespace(), uri, uuid: place.uuid, lifetime: 'client', targets: []};
	writeFileSync(join(journals, '00000001.json'), JSON.stringify(journal), {mode: 0o600});
	for (const path of [
		'.local',
		'.local/state',
		'.local/state/virt-sandbox',
		'.local/state/virt-sandbox/journal',
		'.local/state/virt-sandbox/journal/00000001.json',
	]) {
		chownSync(join(user.home, path), nobody, nobody);
	}
	for (const [program, words, said] of [
		['virt-sandbox', ['--exec', 'x', '--', 'true'], 'Nothing of a sandbox of this host lies at'],
		['virt-sandbox-shell', ['console', 'x'], ''],
		['virt-sandbox', ['--clean'], 'Nothing of a sandbox of this host lies at'],
	] as const) {
		const {stderr} = await user.run(program, words, {environment: {...user.environment, XDG_RUNTIME_DIR: runtime}});
		t.true(stderr.includes(said), `${words.join(' ')}: ${stderr}`);
		t.false(existsSync(hasRun), `${words.join(' ')}: ${stderr}`);
	}
});
