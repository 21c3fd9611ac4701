import {once} from 'node:events';
import {buffer, text} from 'node:stream/consumers';
import test from 'ava';
import {openPortReader} from '../../../../src/backend/machine/ports/port-reader.ts';
import {openPort} from '../../../helpers/open-port.ts';

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

const slowSink = (chunks: string[]) => ({
	async write(chunk: Uint8Array) {
		await new Promise((resolve) => setTimeout(resolve, 20));
		chunks.push(Buffer.from(chunk).toString());
	},
});

test('an end of the port before its count is a fault, whichever comes first', async (t) => {
	for (const order of ['count first', 'end first']) {
		const {port, qemu} = await openPort(t);
		const reader = openPortReader(port, () => t.fail());
		const socket = await qemu();
		if (order === 'count first') reader.expect(10);
		socket.end('cut o');
		const all = text(reader.stream);
		if (order === 'end first') await once(await port.socket, 'close').then(() => reader.expect(10));
		await t.throwsAsync(all, {message: 'The last of the command’s output did not arrive'}, order);
		await reader.drained;
	}
});

test('what a guest could not count is a fault once its port is silent', async (t) => {
	const {port, qemu} = await openPort(t);
	const reader = openPortReader(port, () => t.fail());
	const socket = await qemu();
	socket.write('some');
	reader.expect(undefined);
	await t.throwsAsync(text(reader.stream), {message: 'The last of the command’s output did not arrive'});
});

test('where no end is ever told, what still comes is all', async (t) => {
	for (const end of ['closes', 'is silent']) {
		const {port, qemu} = await openPort(t);
		const reader = openPortReader(port, () => t.fail());
		const socket = await qemu();
		reader.endUntold();
		socket.write('cut o');
		if (end === 'closes') socket.end();
		t.is(await text(reader.stream), 'cut o', end);
	}
});

test('a port that closes while a sink still takes its bytes ends after the last of them', async (t) => {
	const {port, qemu} = await openPort(t);
	const chunks: string[] = [];
	const reader = openPortReader(port, () => t.fail(), slowSink(chunks));
	const socket = await qemu();
	socket.end(Buffer.alloc(66_000, 'x'));
	await once(await port.socket, 'close');
	reader.expect(66_000);
	reader.stream.resume();
	await once(reader.stream, 'end');
	t.is(chunks.join('').length, 66_000);
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
