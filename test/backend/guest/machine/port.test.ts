import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buffer, text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {listenForPort, openPortReader, PortWriter, type Port} from '../../../../src/backend/guest/machine/port.ts';

/** A port, and QEMU's end of it. */
async function openPort(t: ExecutionContext): Promise<{readonly port: Port; readonly path: string; readonly qemu: () => Promise<Socket>}> {
	const directory = mkdtempSync(join(tmpdir(), 'port-'));
	const path = join(directory, 'port');
	const port = await listenForPort(path);
	const sockets: Socket[] = [];
	t.teardown(() => {
		for (const socket of sockets) socket.destroy();
		port.close();
		rmSync(directory, {recursive: true});
	});
	const qemu = (): Promise<Socket> =>
		new Promise((resolve, reject) => {
			const socket = connect({path, allowHalfOpen: true}, () => resolve(socket));
			socket.once('error', reject);
			sockets.push(socket);
		});
	return {port, path, qemu};
}

test('a port is its owner’s alone from its first moment on, whatever the umask is', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'port-'));
	const path = join(directory, 'port');
	const umask = process.umask(0);
	const listening = listenForPort(path);
	const mode = statSync(path).mode & 0o777;
	const left = process.umask(umask);
	const port = await listening;
	t.teardown(() => {
		port.close();
		rmSync(directory, {recursive: true});
	});
	t.deepEqual([mode, left], [0o600, 0]);
});

test('only its owner gets to a port, and only once', async (t) => {
	const {port, path, qemu} = await openPort(t);
	t.is(statSync(path).mode & 0o777, 0o600);
	await qemu();
	await port.socket;
	await t.throwsAsync(qemu());
});

test('input that was written before QEMU came arrives whole, with its end', async (t) => {
	const {port, qemu} = await openPort(t);
	const stdin = new PortWriter(port);
	stdin.write('before ');
	const socket = await qemu();
	stdin.end('after');
	t.is(await text(socket), 'before after');
});

test('output ends after as many bytes as the guest has counted, whichever comes first', async (t) => {
	for (const order of ['count first', 'bytes first']) {
		const {port, qemu} = await openPort(t);
		const reader = openPortReader(port, () => t.fail());
		const socket = await qemu();
		if (order === 'count first') reader.expect(11);
		socket.write('hello ');
		socket.write('world');
		const all = text(reader.stream);
		if (order === 'bytes first') setImmediate(() => reader.expect(11));
		t.is(await all, 'hello world', order);
		await reader.drained;
	}
});

test('output that nobody reads is held up, and arrives whole when somebody does', async (t) => {
	const {port, qemu} = await openPort(t);
	const reader = openPortReader(port, () => t.fail());
	const socket = await qemu();
	const data = Buffer.alloc(4 * 1024 ** 2, 'x');
	const isTaken = socket.write(data);
	t.false(isTaken);
	reader.expect(data.length);
	t.true((await buffer(reader.stream)).equals(data));
});

test('output that is not wanted any more is said so, once, and drains', async (t) => {
	const {port, qemu} = await openPort(t);
	let told = 0;
	const reader = openPortReader(port, () => told++);
	const socket = await qemu();
	socket.write('x');
	reader.stream.destroy();
	await reader.drained;
	reader.expect(5);
	t.is(told, 1);
});

test('output ends where the machine is gone before its count came', async (t) => {
	const {port, qemu} = await openPort(t);
	const reader = openPortReader(port, () => t.fail());
	const socket = await qemu();
	socket.end('cut o');
	t.is(await text(reader.stream), 'cut o');
});

test('a sink gets the bytes one after the other, and no more of them than were counted', async (t) => {
	const {port, qemu} = await openPort(t);
	const chunks: string[] = [];
	const sink = {
		write(chunk: Uint8Array) {
			chunks.push(Buffer.from(chunk).toString());
			return chunks.length === 1 ? new Promise<void>((resolve) => setImmediate(resolve)) : undefined;
		},
	};
	const reader = openPortReader(port, () => t.fail(), sink);
	const socket = await qemu();
	reader.expect(6);
	socket.write('abc');
	socket.write('defghi');
	await reader.drained;
	t.is(chunks.join(''), 'abcdef');
});
