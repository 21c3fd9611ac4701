import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {passAfter} from '../../../src/backend/guest/streams/pass-after.ts';
import {prepareMachineSession} from '../../../src/backend/machine/machine-session.ts';
import {ConsolePort} from '../../../src/backend/machine/ports/machine-streams.ts';

type Host = Parameters<typeof prepareMachineSession>[0];
type Session = Parameters<typeof prepareMachineSession>[1];

/** A console of a machine whose QEMU is this test, and its further sessions, in turn. */
async function makeConsole(t: ExecutionContext) {
	const directory = mkdtempSync(join(tmpdir(), 'machine-session-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const server = createServer().listen(join(directory, 'qemu'));
	await once(server, 'listening');
	const connected = once(server, 'connection');
	const own = connect(join(directory, 'qemu'));
	const [qemu] = (await connected) as [Socket];
	t.teardown(() => {
		for (const each of [own, qemu]) each.destroy();
		server.close();
	});
	const console = new ConsolePort({socket: Promise.resolve(own), stop: () => undefined, close: () => undefined});
	const host = {
		name: 'm',
		state: {path: directory},
		consoles: {command: undefined, shell: undefined, spare: [2], count: 2},
		ports: {openConsole: () => Promise.resolve(console)},
		control: {follow: () => ({ready: Promise.resolve(), exited: new Promise(() => undefined)}), spawn: () => undefined},
	} as unknown as Host;
	const begin = async (number: number, mark: string) => {
		const session = {
			number,
			terminal: {tty: 2, mark, rows: 24, columns: 80},
			words: ['x'],
			environment: {},
			directories: ['/'],
			directoryRequired: false,
			identity: {uid: 0, gid: 0, groups: []},
			streamsOwner: 0,
			program: {architecture: 'x64', filter: undefined},
		} as unknown as Session;
		const prepared = await prepareMachineSession(host, session);
		const client = connect({path: join(directory, `${number}.tty`), allowHalfOpen: true});
		await once(client, 'connect');
		t.teardown(() => client.destroy());
		let got = '';
		client.on('data', (chunk: Buffer) => void (got += chunk.toString('latin1')));
		prepared.begin();
		return {prepared, client, got: () => got};
	};
	return {qemu, begin};
}

async function until(isSo: () => boolean): Promise<void> {
	while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a client gets nothing that comes before its session begins, which the guest says on the terminal itself, and its keys end with it', async (t) => {
	const {qemu, begin} = await makeConsole(t);
	let typed = '';
	qemu.on('data', (chunk: Buffer) => void (typed += chunk.toString('latin1')));
	const first = await begin(2, '\u0001first');
	qemu.write('\u0001firstsaid by the first\u0001first');
	await until(() => first.got().endsWith('\u0001first'));
	t.is(first.got(), 'said by the first\u0001first');
	first.client.write('typed ');
	await until(() => typed === 'typed ');
	first.prepared.forget();
	first.client.write('late');
	const second = await begin(3, '\u0001second');
	qemu.write('what the first one has left \u0001sec');
	qemu.write('\u0001secondsaid by the second');
	await until(() => second.got() !== '');
	second.client.write('meant');
	await until(() => typed.includes('meant'));
	t.deepEqual([second.got(), typed], ['said by the second', 'typed meant']);
});

test('what comes after a mark is passed on, wherever chunks are cut', (t) => {
	const all = Buffer.from('before\u0001mark-after \u0001mark too', 'latin1');
	for (let size = 1; size <= all.length; size++) {
		let passed = '';
		const give = passAfter('\u0001mark', (chunk) => void (passed += chunk.toString('latin1')));
		for (let at = 0; at < all.length; at += size) give(all.subarray(at, at + size));
		t.is(passed, '-after \u0001mark too', String(size));
	}
});
