import {once} from 'node:events';
import {buffer} from 'node:stream/consumers';
import test from 'ava';
import {EndMarkFilter, makeEndMark} from '../../../../src/backend/guest/streams/end-mark.ts';

const mark = '\u0001abcabd';

async function pass(chunks: readonly string[]): Promise<string> {
	const filter = new EndMarkFilter(mark);
	for (const chunk of chunks) {
		filter.write(Buffer.from(chunk, 'latin1'));
	}
	return (await buffer(filter)).toString('latin1');
}

test('a mark is long, and differs each time', (t) => {
	t.regex(makeEndMark(), /^\u0001[0-9a-f]{32}$/);
	t.not(makeEndMark(), makeEndMark());
});

const stream = `text with \u0001 and \u0001abc in it, then the end${mark}and what is too late`;
for (const size of [1, 2, 3, 5, 1000]) {
	test(`the stream ends at the mark, whatever the chunks: ${size}`, async (t) => {
		const chunks = Array.from({length: Math.ceil(stream.length / size)}, (_, index) => stream.slice(index * size, (index + 1) * size));
		t.is(await pass(chunks), 'text with \u0001 and \u0001abc in it, then the end');
	});
}

test('a stream that ends without the mark passes whole, with what looked like its beginning, and is a fault', async (t) => {
	const filter = new EndMarkFilter(mark);
	const chunks: Buffer[] = [];
	filter.on('data', (chunk: Buffer) => chunks.push(chunk));
	for (const chunk of ['some', ' text\u0001abc']) filter.write(chunk);
	filter.end();
	await t.throwsAsync(once(filter, 'end'), {message: 'The last of the command’s output did not arrive'});
	t.is(Buffer.concat(chunks).toString(), 'some text\u0001abc');
});

test('ordinary text does not wait for the next chunk', (t) => {
	const filter = new EndMarkFilter(mark);
	filter.write(Buffer.from('abc'));
	t.is(String(filter.read()), 'abc');
});

test('finish ends the stream without the mark', async (t) => {
	const filter = new EndMarkFilter(mark);
	filter.write(Buffer.from('abc\u0001ab'));
	filter.finish();
	filter.finish();
	filter.write(Buffer.from('late'));
	t.is((await buffer(filter)).toString(), 'abc\u0001ab');
});
