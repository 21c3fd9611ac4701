import test from 'ava';
import {createSevenBitReader} from '../../../src/cli/terminal/seven-bit-controls.ts';

const reads = test.macro({
	title: (_title, output: readonly number[] | string, wanted: string) => `${JSON.stringify(output)} is read as ${JSON.stringify(wanted)}`,
	exec(t, output: readonly number[] | string, wanted: string) {
		const bytes = typeof output === 'string' ? Buffer.from(output) : Uint8Array.from(output);
		t.is(Buffer.from(createSevenBitReader()(bytes)).toString(), wanted);
		const cut = createSevenBitReader();
		t.is(Buffer.concat([...bytes].map((byte) => cut(Uint8Array.of(byte)))).toString(), wanted, 'byte by byte');
	},
});

test(reads, 'text\u001b[1m', 'text\u001b[1m');
test(reads, '\u009b?1003h\u009d8;;x\u009c\u0090', '\u001b[?1003h\u001b]8;;x\u001b\\\u001bP');
test('a bare one', reads, [0x41, 0x9b, 0x63], 'A\u001b[c');
test('one after the beginning of a character', reads, [0xe6, 0x9b, 0x41], Buffer.from([0xe6, 0x9b, 0x41]).toString());
test('one after a whole character', reads, [...Buffer.from('曛'), 0x9b, 0x63], '曛\u001b[c');
test(reads, '漢字 \u{1f600} 曛', '漢字 \u{1f600} 曛');

test('ASCII is not copied', (t) => {
	const chunk = Buffer.from('plain');
	t.is(createSevenBitReader()(chunk), chunk);
});
