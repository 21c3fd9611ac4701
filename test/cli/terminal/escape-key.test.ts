import test from 'ava';
import {parseEscapeKey, stepEscape} from '../../../src/cli/terminal/escape-key.ts';

const reads = test.macro({
	exec: (t, text: string, byte: number | undefined) => t.is(parseEscapeKey(text), byte),
	title: (_title, text) => `reads the key ${text}`,
});
test(reads, '^]', 0x1d);
test(reads, '^A', 1);
test(reads, '^a', 1);
test(reads, '^@', 0);
test(reads, '^?', 0x7f);
test(reads, '~', 0x7e);
test(reads, 'none', undefined);

for (const text of ['', '^', '^1', 'ab', '^]x', 'é', '\u0001']) {
	test(`refuses the key ${JSON.stringify(text)}`, (t) => {
		t.throws(() => parseEscapeKey(text), {message: /is not a key/});
	});
}

const steps = test.macro({
	exec(t, chunks: readonly string[], passed: string, end: 'stays' | 'waits' | 'leaves') {
		let waiting = false;
		let leave = false;
		let text = '';
		for (const chunk of chunks) {
			const step = stepEscape(waiting, Buffer.from(chunk, 'latin1'), 0x1d);
			text += Buffer.from(step.pass).toString('latin1');
			({waiting, leave} = step);
		}
		t.deepEqual({text, end: leave ? 'leaves' : waiting ? 'waits' : 'stays'}, {text: passed, end});
	},
	title: (_title, chunks) => `keys ${JSON.stringify(chunks)}`,
});
test(steps, ['abc'], 'abc', 'stays');
test(steps, ['ab\u001d'], 'ab', 'waits');
test(steps, ['\u001d', '\u001d'], '\u001d', 'stays');
test(steps, ['a\u001d\u001db'], 'a\u001db', 'stays');
test(steps, ['\u001dx'], '', 'leaves');
test(steps, ['a\u001d', 'bc'], 'a', 'leaves');
test(steps, ['\u001d\u001d\u001d'], '\u001d', 'waits');
// As kitty and xterm report it, with caps lock, and the key's release.
test(steps, ['a\u001b[93;5u'], 'a', 'waits');
test(steps, ['\u001b[93;69u', '\u001b[93;5:3u', '\u001b[93::93;5:1u'], '\u001d', 'stays');
test(steps, ['\u001b[27;5;93~x'], '', 'leaves');
test(steps, ['\u009b27;5;93~x'], '', 'leaves');
test(steps, ['\u009b93;5ux'], '', 'leaves');
// As Windows does, and kitty with the keys of another layout.
test(steps, ['\u001b[17;29;0;1;8;1_\u001b[221;27;29;1;8;1_', '\u001b[221;27;29;0;8;1_'], '\u001b[17;29;0;1;8;1_', 'waits');
test(steps, ['\u001b[221;27;29;1;8;1_\u001b[17;29;0;0;0;1_'], '', 'leaves');
test(steps, ['\u001b[1098::93;5u'], '', 'waits');
test(steps, ['\u001b[1098::94;5u\u001b[93;93;93;1;1;1_'], '\u001b[1098::94;5u\u001b[93;93;93;1;1;1_', 'stays');
test(steps, ['\u001b[53;5u'], '', 'waits');
test(steps, ['\u001b[27;5;53~x'], '', 'leaves');
test(steps, ['\u001b[93:125;6u'], '', 'waits');
test(steps, ['\u001b[93;7u\u001b[94;5u\u001b[54;5u\u001b[A'], '\u001b[93;7u\u001b[94;5u\u001b[54;5u\u001b[A', 'stays');

test('what is typed after the escape key is for whoever reads next', (t) => {
	const restOf = (waiting: boolean, typed: string): string => Buffer.from(stepEscape(waiting, Buffer.from(typed), 0x1d).rest).toString();
	t.deepEqual([restOf(false, 'a\u001dls\r'), restOf(true, 'ls\r'), restOf(true, '\u001dls'), restOf(false, 'ls')], ['ls\r', 'ls\r', '', '']);
});

test('without an escape key everything passes', (t) => {
	t.deepEqual(stepEscape(false, Buffer.from('\u001dx'), undefined), {pass: Buffer.from('\u001dx'), waiting: false, leave: false, rest: new Uint8Array()});
});
