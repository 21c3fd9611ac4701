import {once} from 'node:events';
import {PassThrough, Writable} from 'node:stream';
import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import {relayKeys} from '../../../src/cli/terminal/relay-keys.ts';

const escape = 0x1d;

test('the escape key leaves a guest that takes no keys', async (t) => {
	const keys = new PassThrough();
	const guest = new Writable({highWaterMark: 16, write() {}});
	const left = Promise.withResolvers<void>();
	const stop = relayKeys(keys, guest, {escape, onLeave: () => left.resolve(), onHangup() {}});
	t.teardown(stop);
	for (let count = 0; count < 100; count++) keys.write(Buffer.alloc(1000));
	keys.write(Buffer.from([escape]));
	await left.promise;
	t.true(guest.writableLength < 10_000, `${guest.writableLength} bytes wait`);
});

test('what is typed after the escape key is left to whoever reads next, also once a slow guest takes keys again', async (t) => {
	const keys = new PassThrough();
	const taken = Promise.withResolvers<() => void>();
	const guest = new Writable({highWaterMark: 16, write: (_chunk, _encoding, callback) => taken.resolve(callback)});
	const left = Promise.withResolvers<Uint8Array>();
	t.teardown(relayKeys(keys, guest, {escape, onLeave: left.resolve, onHangup() {}}));
	keys.write(Buffer.concat([Buffer.alloc(100), Buffer.from([escape]), Buffer.from('rest')]));
	t.is(Buffer.from(await left.promise).toString(), 'rest');
	const drained = once(guest, 'drain');
	(await taken.promise)();
	await drained;
	keys.write('more');
	await setImmediate();
	t.is(String(keys.read()), 'more');
});

test('a guest that is slow gets every key', async (t) => {
	const keys = new PassThrough();
	const typed = Buffer.from(Array.from({length: 100_000}, (_, index) => index % 26).map((each) => each + 97));
	const got: Buffer[] = [];
	const done = Promise.withResolvers<void>();
	let count = 0;
	const guest = new Writable({
		highWaterMark: 16,
		write(chunk: Buffer, _encoding, callback) {
			got.push(chunk);
			count += chunk.length;
			if (count === typed.length) done.resolve();
			setTimeout(callback, 5);
		},
	});
	t.teardown(relayKeys(keys, guest, {escape, onLeave: () => t.fail('nobody leaves'), onHangup() {}}));
	for (let at = 0; at < typed.length; at += 1000) keys.write(typed.subarray(at, at + 1000));
	await done.promise;
	t.true(Buffer.concat(got).equals(typed));
});
