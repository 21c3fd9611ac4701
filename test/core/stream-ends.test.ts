import {once} from 'node:events';
import {PassThrough} from 'node:stream';
import test from 'ava';
import {onceClosed, onceOver} from '../../src/core/stream-ends.ts';

test('the close of a stream is heard, to come or past', async (t) => {
	const stream = new PassThrough();
	const coming = new Promise<void>((resolve) => onceClosed(stream, resolve));
	stream.destroy();
	await coming;
	await new Promise<void>((resolve) => onceClosed(stream, resolve));
	t.true(stream.closed);
});

test('the end of a stream is heard once, to come, past, or in the middle', async (t) => {
	let heard = 0;
	const read = new PassThrough();
	onceOver(read, () => heard++);
	read.end();
	read.resume();
	await once(read, 'close');
	t.is(heard, 1);
	await new Promise<void>((resolve) => onceOver(read, resolve));
	const cut = new PassThrough();
	const over = new Promise<void>((resolve) => onceOver(cut, resolve));
	cut.destroy();
	await over;
});
