import test from 'ava';
import {wordFromBytes, wordToBytes} from '../../src/core/bytes.ts';

test('every single byte survives', (t) => {
	for (let byte = 0; byte < 256; byte++) {
		t.deepEqual([...wordToBytes(wordFromBytes(Uint8Array.of(byte)))], [byte]);
	}
});

const cases: ReadonlyArray<readonly [name: string, bytes: readonly number[]]> = [
	['UTF-8 of each length', [0x61, 0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]],
	['a replacement character that is one', [0xef, 0xbf, 0xbd]],
	['a cut sequence', [0xe2, 0x82]],
	['a cut sequence before a letter', [0xf0, 0x9f, 0x61]],
	['an encoded surrogate', [0xed, 0xb2, 0x80]],
	['Latin-1 between letters', [0x61, 0xe4, 0x62, 0xff, 0x63]],
	['a byte order mark', [0xef, 0xbb, 0xbf, 0x61]],
];

for (const [name, bytes] of cases) {
	test(`bytes become a word and the same bytes again: ${name}`, (t) => {
		t.deepEqual([...wordToBytes(wordFromBytes(Uint8Array.from(bytes)))], [...bytes]);
	});
}

test('text is UTF-8', (t) => {
	t.is(wordToBytes('ä€😀').toString('hex'), Buffer.from('ä€😀').toString('hex'));
	t.is(wordFromBytes(Buffer.from('ä€😀')), 'ä€😀');
});
