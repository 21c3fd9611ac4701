import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {MessageWriter, messageTypes, readMessage, writeMessage} from '../../../../src/backend/host/libvirtd/dbus-message.ts';
import {moveToOwnScope} from '../../../../src/backend/host/libvirtd/own-scope.ts';

const jobRemoved = {
	type: messageTypes.signal,
	path: '/org/freedesktop/systemd1',
	interface: 'org.freedesktop.systemd1.Manager',
	member: 'JobRemoved',
	signature: 'uoss',
};

/** What systemd says once a unit's job is over. */
function tellJob(unit: string, result: string): Uint8Array {
	return writeMessage(jobRemoved, (body) => {
		body.unsigned(7);
		body.string('/org/freedesktop/systemd1/job/7');
		body.string(unit);
		body.string(result);
	});
}

interface Asked {
	readonly greeting: string;
	readonly member: string | undefined;
	readonly unit: string;
	readonly rest: Buffer;
}

/** Stands in for systemd: greets, reads one call, and answers as it is told to. */
async function startManager(t: ExecutionContext, greeting: string, answer: (asked: Asked, socket: Socket) => void): Promise<string> {
	const directory = await mkdtemp(join(tmpdir(), 'manager-'));
	const path = join(directory, 'private');
	const server = createServer((socket) => {
		let received = Buffer.alloc(0);
		let isGreeted = false;
		socket.on('error', () => undefined);
		socket.on('data', (chunk) => {
			received = Buffer.concat([received, chunk]);
			const begin = received.indexOf('BEGIN\r\n') + 7;
			if (begin < 7) return;
			if (!isGreeted) socket.write(greeting);
			isGreeted = true;
			const found = readMessage(received.subarray(begin));
			if (found === undefined) return;
			const unit = found.message.body.string();
			answer({greeting: received.toString('latin1', 0, begin), member: found.message.member, unit, rest: received.subarray(begin)}, socket);
		});
	});
	await new Promise<void>((resolve) => server.listen(path, resolve));
	t.teardown(async () => {
		server.close();
		await rm(directory, {recursive: true});
	});
	return path;
}

/** The property that tells who is to be in a scope, as it stands in a call. */
function pidsProperty(pid: number): Buffer {
	const writer = new MessageWriter();
	writer.string('PIDs');
	writer.signature('au');
	writer.array(4, () => writer.unsigned(pid));
	return Buffer.from(writer.bytes);
}

const move = (manager: string, pid?: number): Promise<boolean> => moveToOwnScope({kind: 'keeper', description: 'A keeper', pid, manager});

test('a process is moved once the job of its own scope is done, whatever else is told', async (t) => {
	const calls: Asked[] = [];
	const manager = await startManager(t, 'OK 0123456789abcdef\r\n', (asked, socket) => {
		calls.push(asked);
		const bytes = Buffer.concat([tellJob('other.scope', 'failed'), tellJob(asked.unit, 'done')]);
		// Whatever the pieces.
		socket.write(bytes.subarray(0, 21));
		setImmediate(() => socket.write(bytes.subarray(21)));
	});
	t.true(await move(manager, 4711));
	const [call] = calls;
	t.is(call?.greeting, `\0AUTH EXTERNAL ${Buffer.from(String(process.geteuid?.())).toString('hex')}\r\nBEGIN\r\n`);
	t.is(call?.member, 'StartTransientUnit');
	t.regex(call?.unit ?? '', /^virt-sandbox-keeper-[0-9a-f]{8}\.scope$/);
	t.true(call?.rest.includes(pidsProperty(4711)));
});

test('who is asked to move itself is known to systemd by its socket', async (t) => {
	const manager = await startManager(t, 'OK 0\r\n', ({unit, rest}, socket) => {
		t.true(rest.includes(pidsProperty(0)));
		socket.write(tellJob(unit, 'done'));
	});
	t.true(await move(manager));
});

test('a systemd that refuses, fails, says what is none of D-Bus, goes away or is not there changes nothing', async (t) => {
	const answers: ReadonlyArray<readonly [greeting: string, answer: (asked: Asked, socket: Socket) => void]> = [
		['REJECTED EXTERNAL\r\n', () => undefined],
		['OK 0\r\n', ({unit}, socket) => void socket.write(tellJob(unit, 'failed'))],
		['OK 0\r\n', (_, socket) => void socket.write(writeMessage({...jobRemoved, type: messageTypes.error}, () => undefined))],
		['OK 0\r\n', (_, socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
		['OK 0\r\n', (_, socket) => void socket.destroy()],
	];
	for (const [greeting, answer] of answers) {
		t.false(await move(await startManager(t, greeting, answer)));
	}
	t.false(await move('/nonexistent/private'));
});
