import test from 'ava';
import {MalformedData, maximumStringBytes, XdrReader, XdrWriter} from '../../../src/backend/libvirt/xdr.ts';

function written(write: (writer: XdrWriter) => void): string {
	const writer = new XdrWriter(0, 1);
	write(writer);
	return writer.finish().toString('hex');
}

function reader(hex: string): XdrReader {
	return new XdrReader(Buffer.from(hex, 'hex'));
}

const writes = test.macro({
	exec(t, write: (writer: XdrWriter) => void, hex: string) {
		t.is(written(write), hex);
	},
	title: (title) => `writes ${title}`,
});

test('an unsigned number', writes, (writer) => writer.unsigned(0xff_ff_ff_ff), 'ffffffff');
test('a negative number', writes, (writer) => writer.signed(-2), 'fffffffe');
test('64 bits', writes, (writer) => writer.hyper(2 ** 40 + 1), '0000010000000001');
test('64 negative bits', writes, (writer) => writer.hyper(-1n), 'ffffffffffffffff');
test('a text that needs padding', writes, (writer) => writer.string('abcde'), '000000056162636465000000');
test('a text whose length is a multiple of 4', writes, (writer) => writer.string('abcd'), '0000000461626364');
test('a text beyond ASCII by its bytes', writes, (writer) => writer.string('ä'), '00000002c3a40000');
test('an empty text', writes, (writer) => writer.string(''), '00000000');
test('a missing text', writes, (writer) => writer.optionalString(undefined), '00000000');
test('an optional text', writes, (writer) => writer.optionalString('a'), '000000010000000161000000');
test('a UUID', writes, (writer) => writer.uuid('00112233-4455-6677-8899-AABBCCDDEEFF'), '00112233445566778899aabbccddeeff');
test('a list', writes, (writer) => writer.array([1, 2], 2, (item) => writer.signed(item)), '000000020000000100000002');

const refuses = test.macro({
	exec(t, write: (writer: XdrWriter) => void, message: RegExp) {
		t.throws(() => written(write), {instanceOf: RangeError, message});
	},
	title: (title) => `refuses to write ${title}`,
});

test('a NUL in a text', refuses, (writer) => writer.string('a\0b'), /NUL/);
test('a text over the limit', refuses, (writer) => writer.string('x'.repeat(maximumStringBytes + 1)), /4194305 bytes is over/);
test('a number that is too large', refuses, (writer) => writer.unsigned(2 ** 32), /does not fit/);
test('a negative number without a sign', refuses, (writer) => writer.unsigned(-1), /does not fit/);
test('a list over its limit', refuses, (writer) => writer.array([1, 2], 1, (item) => writer.signed(item)), /2 is over its limit of 1/);
test('a fraction', refuses, (writer) => writer.signed(1.5), /does not fit/);
test('what is no UUID', refuses, (writer) => writer.uuid('0011'), /'0011' is not a UUID/);

test('a text as long as the limit is written and read', (t) => {
	const writer = new XdrWriter();
	const text = 'x'.repeat(maximumStringBytes);
	writer.string(text);
	t.is(new XdrReader(writer.finish()).string(), text);
});

test('what is reserved for a header stays free', (t) => {
	const writer = new XdrWriter(4, 4);
	writer.unsigned(7);
	t.is(writer.finish().subarray(4).toString('hex'), '00000007');
});

test('values are read one after the other', (t) => {
	const data = reader('fffffffe0000000261620000000000010000000161000000000000000020000000000001');
	t.deepEqual(
		[data.signed(), data.string(), data.optionalString(), data.optionalString(), data.hyper(), data.remaining],
		[-2, 'ab', 'a', undefined, 2 ** 53 + 1, 0],
	);
});

test('a UUID is read in its usual form', (t) => {
	t.is(reader('00112233445566778899aabbccddeeff').uuid(), '00112233-4455-6677-8899-aabbccddeeff');
});

test('signed 64 bits and doubles are read', (t) => {
	const data = reader('ffffffffffffffff3ff8000000000000');
	t.deepEqual([data.signedHyper(), data.double()], [-1, 1.5]);
});

test('characters of 4 bytes each end at the first NUL', (t) => {
	t.is(reader('0000000400000061000000620000000000000063').countedCharacters(), 'ab');
	t.is(reader('0000000200000061000000c3').countedCharacters(), 'a�');
});

const malformed = test.macro({
	exec(t, hex: string, read: (data: XdrReader) => unknown) {
		t.throws(() => read(reader(hex)), {instanceOf: MalformedData});
	},
	title: (title) => `refuses to read ${title}`,
});

test('a number that is cut off', malformed, '000000', (data) => data.unsigned());
test('a text that is cut off', malformed, '0000000561626364', (data) => data.string());
test('a text whose padding is cut off', malformed, '000000056162636465', (data) => data.string());
test('a text over the limit', malformed, 'ffffffff', (data) => data.string());
test('an optional value that is neither there nor not', malformed, '00000002', (data) => data.optionalString());
test('a list that cannot be that long', malformed, '7fffffff00000000', (data) => data.array(() => data.unsigned()));
test('counted characters that cannot be that many', malformed, '7fffffff00000000', (data) => data.countedCharacters());
