import test from 'ava';
import {
	encodeFrame,
	FrameDecoder,
	headerBytes,
	maximumFrameBytes,
	programs,
	statuses,
	types,
	writeHeader,
	type Header,
} from '../../../src/backend/libvirt/frames.ts';
import {MalformedData} from '../../../src/backend/libvirt/xdr.ts';

const reply: Header = {program: programs.remote, procedure: 23, type: types.reply, serial: 7, status: statuses.ok};
const packet: Header = {program: programs.remote, procedure: 201, type: types.stream, serial: 8, status: statuses.continue};
const event: Header = {program: programs.remote, procedure: 318, type: types.message, serial: 0, status: statuses.ok};

const sent: ReadonlyArray<readonly [Header, string]> = [
	[reply, 'an answer'],
	[packet, ''],
	[event, 'x'.repeat(1000)],
	[packet, 'y'],
];
const bytes = Buffer.concat(sent.map(([header, payload]) => encodeFrame(header, Buffer.from(payload))));

function decode(chunks: Iterable<Buffer>): Array<readonly [Header, string]> {
	const seen: Array<readonly [Header, string]> = [];
	const decoder = new FrameDecoder((header, payload) => seen.push([header, payload.toString()]));
	for (const chunk of chunks) {
		decoder.push(chunk);
	}

	return seen;
}

function* cut(data: Buffer, size: number): Iterable<Buffer> {
	for (let at = 0; at < data.length; at += size) {
		yield data.subarray(at, at + size);
	}
}

test('a header is six words after the length', (t) => {
	t.is(
		encodeFrame(reply, Buffer.from('ab')).toString('hex'),
		['0000001e', '20008086', '00000001', '00000017', '00000001', '00000007', '00000000', '6162'].join(''),
	);
});

for (const size of [1, 2, 3, 5, 27, 28, 29, 64, 999, bytes.length]) {
	test(`frames come out whole from chunks of ${size} bytes`, (t) => {
		t.deepEqual(decode(cut(bytes, size)), [...sent]);
	});
}

test('two chunks cut at any place give the same frames', (t) => {
	for (let at = 0; at <= bytes.length; at++) {
		t.deepEqual(decode([bytes.subarray(0, at), bytes.subarray(at)]), [...sent]);
	}
});

test('a frame within a chunk is handed on without a copy', (t) => {
	const chunk = encodeFrame(packet, Buffer.from('data'));
	let same: ArrayBufferLike | undefined;
	new FrameDecoder((_header, payload) => {
		same = payload.buffer;
	}).push(chunk);
	t.is(same, chunk.buffer);
});

test('the decoder is idle between frames only', (t) => {
	const decoder = new FrameDecoder(() => undefined);
	const states = [...bytes.subarray(0, 37)].map((byte) => {
		decoder.push(Buffer.of(byte));
		return decoder.idle;
	});
	t.deepEqual(states, [...Array.from({length: 36}, () => false), true]);
});

const broken = test.macro({
	exec(t, at: number, value: number) {
		const frame = encodeFrame(reply, Buffer.from('data'));
		frame.writeUInt32BE(value, at);
		t.throws(() => decode([frame]), {instanceOf: MalformedData});
		t.throws(() => decode(cut(frame, 1)), {instanceOf: MalformedData});
	},
	title: (title) => `refuses a frame with ${title}`,
});

test('a length below the header', broken, 0, headerBytes - 1);
test('no length', broken, 0, 0);
test('a length over the limit', broken, 0, maximumFrameBytes + 1);
test('another version', broken, 8, 2);
test('an unknown type', broken, 16, 7);
test('a negative type', broken, 16, 0xff_ff_ff_ff);
test('an unknown status', broken, 24, 3);

test('a frame over the limit is not sent', (t) => {
	t.throws(() => writeHeader(Buffer.alloc(maximumFrameBytes + 1), reply), {instanceOf: RangeError, message: /33554437 bytes is over/});
	t.notThrows(() => writeHeader(Buffer.alloc(maximumFrameBytes), reply));
});
