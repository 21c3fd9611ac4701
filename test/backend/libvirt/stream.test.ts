import {once} from 'node:events';
import test from 'ava';
import type {ExecutionContext} from 'ava';
import {
	CallTimeout,
	ConnectionLost,
	LibvirtError,
	openConnection,
	type Connection,
	type DomainRef,
	type LibvirtStream,
} from '../../../src/backend/libvirt/index.ts';
import {statuses, types} from '../../../src/backend/libvirt/frames.ts';
import {writeDomain} from '../../../src/backend/libvirt/wire-types.ts';
import {errorPayload, isCall, isPacket, payload, startFakeLibvirtd, type FakeAnswer, type FakeCall, type FakeLibvirtd} from '../../helpers/fake-libvirtd.ts';

const web: DomainRef = {name: 'web', uuid: '00112233-4455-6677-8899-aabbccddeeff', id: 3};
const openConsole = 201;
const getHostname = 59;
const {ok, error, continue: data} = statuses;

interface Opened {
	readonly daemon: FakeLibvirtd;
	readonly connection: Connection;
	readonly console: LibvirtStream;
	/** The daemon's end of the console. */
	readonly guest: FakeCall;
	/** A call whose answer says that all before it has arrived. */
	readonly sync: () => Promise<unknown>;
}

/** A console whose opening the daemon has taken. */
async function open(t: ExecutionContext, answer: FakeAnswer = () => false): Promise<Opened> {
	t.timeout(20_000);
	const daemon = await startFakeLibvirtd((call) => {
		if (isCall(openConsole)(call)) {
			call.reply();
		}

		if (isCall(getHostname)(call)) {
			call.reply(payload((writer) => writer.string('host')));
		}

		return answer(call);
	});
	t.teardown(daemon.stop);
	const connection = await openConnection(daemon.uri);
	const console = await connection.openConsole(web, 'console1', 2);
	return {daemon, connection, console, guest: await daemon.waitFor(isCall(openConsole)), sync: () => connection.getHostname()};
}

function packets(daemon: FakeLibvirtd): Array<readonly [status: number, text: string]> {
	return daemon.calls.filter(({header}) => header.type === types.stream).map((call) => [call.header.status, call.payload.toString()]);
}

/** Tells the client an event of a domain's life. */
function tell(guest: FakeCall, event: number, domain = web): void {
	guest.message(
		318,
		payload((writer) => {
			writer.signed(1);
			writeDomain(writer, domain);
			writer.signed(event);
			writer.signed(0);
		}),
	);
}

async function readAll(stream: LibvirtStream): Promise<string> {
	let text = '';
	for await (const chunk of stream) {
		text += String(chunk);
	}

	return text;
}

/** As a promise: the system has taken what was written, or it was dropped. */
function write(stream: LibvirtStream, text: string | Buffer): Promise<void> {
	return new Promise((resolve, reject) => {
		stream.write(text, (failure) => (failure ? reject(failure) : resolve()));
	});
}

test('a console is asked for by its name and flags, and events with it', async (t) => {
	const {daemon, connection, guest} = await open(t);
	t.deepEqual(
		guest.payload,
		payload((writer) => {
			writeDomain(writer, web);
			writer.optionalString('console1');
			writer.unsigned(2);
		}),
	);
	t.is(daemon.calls.filter(isCall(316)).length, 1);
	await connection.close();
});

test('what the guest writes is read, up to its end, which is confirmed', async (t) => {
	const {daemon, connection, console, guest} = await open(t);
	for (const text of ['one ', 'two ', 'three']) {
		guest.stream(data, Buffer.from(text));
	}

	guest.stream(data);
	t.is(await readAll(console), 'one two three');
	await console.finish();
	t.deepEqual(packets(daemon), [[ok, '']]);
	await connection.close();
	t.deepEqual(packets(daemon), [[ok, '']]);
});

test('data that comes with the answer to the opening is not lost', async (t) => {
	const {connection, console} = await open(t, (call) => {
		if (isCall(openConsole)(call)) {
			call.stream(data, Buffer.from('early'));
			call.stream(data);
		}

		return false;
	});
	t.is(await readAll(console), 'early');
	await connection.close();
});

test('what is written goes to the guest in packets of a terminal', async (t) => {
	const {daemon, connection, console, sync} = await open(t);
	await write(console, 'x'.repeat(10_000));
	await write(console, 'y');
	await sync();
	t.deepEqual(
		packets(daemon).map(([status, text]) => [status, text.length]),
		[
			[data, 4096],
			[data, 4096],
			[data, 1808],
			[data, 1],
		],
	);
	await connection.close();
});

test('nothing is sent after the end of the guest, neither new nor waiting', async (t) => {
	const {daemon, connection, console, guest, sync} = await open(t);
	guest.stopReading();
	// More than the socket holds, so that some of it must wait here.
	const written = write(console, Buffer.alloc(4_000_000));
	guest.stream(data);
	await once(console.resume(), 'end');
	t.true(console.write('late'));
	guest.resumeReading();
	await written;
	await console.finish();
	await sync();
	const all = packets(daemon);
	// All of it would be 977 packets.
	t.true(all.length < 900, `${all.length} packets`);
	t.deepEqual(all.at(-1), [ok, '']);
	t.false(all.some(([, text]) => text === 'late'));
	t.is(all.filter(([status]) => status !== data).length, 1);
	await connection.close();
});

test('a write that comes with the end in the same moment is dropped', async (t) => {
	const {daemon, connection, console, guest, sync} = await open(t);
	console.on('data', () => console.write('answer'));
	guest.raw(Buffer.alloc(0));
	const reached = once(console, 'end');
	guest.stream(data, Buffer.from('question'));
	guest.stream(data);
	await reached;
	await console.finish();
	await sync();
	const sent = packets(daemon);
	t.true(sent.findIndex(([status]) => status === ok) >= sent.findLastIndex(([status]) => status === data));
	await connection.close();
});

for (const [name, event] of [
	['STOPPED', 5],
	['SHUTDOWN', 6],
	['CRASHED', 8],
] as const) {
	test(`nothing is sent after the event ${name} of that domain, though output is still read`, async (t) => {
		const {daemon, connection, console, guest, sync} = await open(t);
		tell(guest, event);
		await sync();
		await write(console, 'late');
		await sync();
		t.deepEqual(packets(daemon), []);
		guest.stream(data, Buffer.from('last words'));
		guest.stream(data);
		t.is(await readAll(console), 'last words');
		await connection.close();
	});
}

test('other events, and events of other domains, stop nothing', async (t) => {
	const {daemon, connection, console, guest, sync} = await open(t);
	tell(guest, 3);
	tell(guest, 5, {...web, uuid: 'ffffffff-4455-6677-8899-aabbccddeeff'});
	await sync();
	await write(console, 'still there');
	await sync();
	t.deepEqual(packets(daemon), [[data, 'still there']]);
	await connection.close();
});

test('finish waits for the confirmation and lets the rest be read', async (t) => {
	const {daemon, connection, console, guest} = await open(t, isPacket(ok));
	const finished = console.finish();
	await daemon.waitFor(isPacket(ok));
	guest.stream(data, Buffer.from('rest'));
	guest.stream(ok);
	await finished;
	t.is(await readAll(console), 'rest');
	await console.finish();
	t.deepEqual(packets(daemon), [[ok, '']]);
	await connection.close();
});

test('abort drops what is unread and waits for the confirmation', async (t) => {
	const {daemon, connection, console, guest} = await open(t);
	guest.stream(data, Buffer.from('unread'));
	await console.abort();
	t.true(console.destroyed);
	await write(console, 'late');
	t.deepEqual(packets(daemon), [[error, '']]);
	await connection.close();
	t.deepEqual(packets(daemon), [[error, '']]);
});

test('a stream that is destroyed is aborted', async (t) => {
	const {daemon, connection, console} = await open(t);
	console.destroy();
	await daemon.waitFor(isPacket(error));
	await connection.close();
	t.deepEqual(packets(daemon), [[error, '']]);
});

test('what still comes for a stream that was aborted is dropped', async (t) => {
	const {connection, console, guest, sync} = await open(t, (call) => {
		if (isPacket(error)(call)) {
			call.stream(data, Buffer.alloc(300_000));
			call.stream(data);
			call.stream(ok);
			call.stream(data, Buffer.from('much too late'));
		}

		return false;
	});
	await console.abort();
	t.is(await sync(), 'host');
	t.is(guest.client, 0);
	await connection.close();
});

test('a connection waits for a daemon that is slow to put a stream away', async (t) => {
	const {daemon, connection, console} = await open(t, (call) => {
		if (isPacket(error)(call)) {
			setTimeout(() => call.stream(error), 700);
			return true;
		}

		return false;
	});
	console.write('typed');
	await connection.close();
	t.deepEqual(
		daemon.calls.slice(-2).map(({header}) => [header.type, header.status]),
		[
			[types.stream, error],
			[types.call, ok],
		],
		'the good-bye comes after the confirmation, and the connection ends after that',
	);
});

test('a connection does not wait long behind input that a guest does not read', async (t) => {
	const {connection, console} = await open(t, isPacket(error));
	console.write(Buffer.alloc(100_000));
	const begun = performance.now();
	await connection.close();
	t.true(performance.now() - begun < 5000);
});

test('an end without a confirmation is given up at its deadline', async (t) => {
	const {connection, console} = await open(t, isPacket(ok));
	await t.throwsAsync(console.finish({timeoutMs: 20}), {instanceOf: CallTimeout});
	console.destroy();
	void connection.close();
});

test("the daemon's error ends the stream with it", async (t) => {
	const {connection, console, guest} = await open(t);
	guest.stream(error, errorPayload(38, 'cannot read: Input/output error'));
	const [failure] = await once(console.resume(), 'error');
	t.true(failure instanceof LibvirtError);
	t.like(failure, {code: 38, text: 'cannot read: Input/output error', procedure: 'DOMAIN_OPEN_CONSOLE'});
	await connection.close();
});

test('a finish that the daemon answers by an error rejects with it', async (t) => {
	const {connection, console} = await open(t, (call) => {
		if (isPacket(ok)(call)) {
			call.stream(error, errorPayload(1, 'no'));
			return true;
		}

		return false;
	});
	console.on('error', () => undefined);
	t.like(await t.throwsAsync(console.finish(), {instanceOf: LibvirtError}), {code: 1});
	await connection.close();
});

test('a broken error of a stream ends the connection', async (t) => {
	const {connection, console, guest} = await open(t);
	console.on('error', () => undefined);
	guest.stream(error, Buffer.from('bad'));
	t.like(await connection.closed, {kind: 'protocol'});
	t.true(console.destroyed);
});

test('what was read before the connection ended can still be read', async (t) => {
	const {connection, console, guest} = await open(t, isPacket(ok));
	guest.stream(data, Buffer.from('all of it'));
	guest.stream(data);
	guest.hangUp();
	await connection.closed;
	t.is(await readAll(console), 'all of it');
	await t.throwsAsync(console.finish(), {instanceOf: ConnectionLost});
});

test('a slow reader holds back the daemon, and loses nothing', async (t) => {
	const {connection, console, guest, sync} = await open(t);
	const total = 16_000_000;
	const block = Buffer.alloc(100_000);
	for (let sent = 0; sent < total; sent += block.length) {
		guest.stream(data, block);
	}

	guest.stream(data);
	await once(console, 'readable');
	// The call's answer is behind the data, so it cannot come before somebody reads.
	await t.throwsAsync(connection.getHostname({timeoutMs: 50}), {instanceOf: CallTimeout});
	t.true(console.readableLength < 1_000_000, `${console.readableLength} bytes were read ahead`);
	let read = 0;
	for await (const chunk of console) {
		read += (chunk as Buffer).length;
	}

	t.is(read, total);
	t.is(await sync(), 'host');
	await connection.close();
});

test('a stream that ends unread gives the connection back', async (t) => {
	const {connection, console, guest, sync} = await open(t);
	guest.raw(Buffer.alloc(0));
	for (let index = 0; index < 5; index++) {
		guest.stream(data, Buffer.alloc(60_000));
	}

	guest.stream(data);
	t.is(await sync(), 'host');
	t.is((await readAll(console)).length, 300_000);
	await connection.close();
});

test('a daemon that does not read holds back the writer', async (t) => {
	const {connection, console, guest} = await open(t);
	guest.stopReading();
	let taken = 0;
	const block = Buffer.alloc(65_536);
	const full = new Promise<void>((resolve) => {
		const writeOn = (): void => {
			if (!console.write(block, () => taken++)) {
				resolve();
			} else {
				writeOn();
			}
		};

		writeOn();
	});
	await full;
	t.true(taken < 2);
	t.true(console.writableLength >= block.length);
	console.destroy();
	guest.resumeReading();
	await connection.close();
});

test('close ends open streams first', async (t) => {
	const {daemon, connection, console} = await open(t);
	await connection.close();
	t.true(console.destroyed);
	t.deepEqual(
		daemon.calls.slice(-2).map(({header}) => [header.type, header.procedure, header.status]),
		[
			[types.stream, openConsole, error],
			[types.call, 2, ok],
		],
	);
});

test('end() alone sends nothing', async (t) => {
	const {daemon, connection, console, guest, sync} = await open(t);
	console.end('bye');
	await once(console, 'finish');
	await sync();
	t.deepEqual(packets(daemon), [[data, 'bye']]);
	guest.stream(data, Buffer.from('and more'));
	guest.stream(data);
	t.is(await readAll(console), 'and more');
	await connection.close();
});
