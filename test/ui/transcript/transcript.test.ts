import test from 'ava';
import {createTranscript, keptLines} from '../../../src/ui/transcript/transcript.ts';
import {createWrapper, viewTranscript} from '../../../src/ui/transcript/view-transcript.ts';

const outputs: ReadonlyArray<readonly [what: string, bytes: string, lines: readonly string[]]> = [
	['lines', 'a\nb\n', ['a', 'b']],
	['an open line', 'a\nb', ['a', 'b']],
	['a carriage return before a line feed', 'a\r\nb\r\n', ['a', 'b']],
	['progress that is written over', '10%\r20%\rdone\n', ['done']],
	['tabs', 'a\tb\n', ['a       b']],
	['backspaces', 'abc\b\bx\n', ['ax']],
	['backspaces beside colours', 'a\x1b[2m\bJ\x1b[m\b\b]52;c;QQ==\x1b[m\b\b\\\n', ['\x1b[2m\x1b[m]52;c;QQ\x1b[m\\']],
	['a backspace over an emoji', 'a\u{1f600}\bb\n', ['ab']],
	['colours', '\x1b[31mred\x1b[0m\n', ['\x1b[31mred\x1b[0m']],
	['a colour over two lines', '\x1b[31ma\nb\x1b[0m\nc\n', ['\x1b[31ma\x1b[0m', '\x1b[31mb\x1b[0m', 'c']],
	['a title', 'a\x1b]0;owned\x07b\n', ['ab']],
	['the clipboard', 'a\x1b]52;c;QQ==\x1b\\b\n', ['ab']],
	['moving and erasing', '\x1b[2J\x1b[1;1Hx\x1b[K\n', ['x']],
	['modes', '\x1b[?1049h\x1b[?1000h\x1b=x\x1b(0\n', ['x']],
	['a device control string', 'a\x1bP+q544e\x1b\\b\n', ['ab']],
	['controls of eight bits and a bell', 'a\x07\u009b31mb\n', ['a\\x9b31mb']],
	['bidi overrides', 'a\u202eb\n', ['a\\u{202e}b']],
];

for (const [what, bytes, lines] of outputs) {
	test(`${what}: at once and byte by byte`, (t) => {
		const whole = createTranscript();
		whole.write(Buffer.from(bytes), 'stdout');
		const cut = createTranscript();
		for (const byte of Buffer.from(bytes)) {
			cut.write(Uint8Array.of(byte), 'stdout');
		}
		t.deepEqual(
			[whole, cut].map((each) => each.lines().map(({text}) => text)),
			[lines, lines],
		);
	});
}

test('a sequence that never ends does not swallow the output for ever', (t) => {
	const transcript = createTranscript();
	transcript.write(Buffer.from(`\x1b]${'x'.repeat(5000)}\nend\n`), 'stdout');
	t.is(transcript.lines().at(-1)?.text, 'end');
});

test('the oldest lines are dropped and counted', (t) => {
	const transcript = createTranscript();
	for (let index = 0; index < keptLines + 2000; index++) {
		transcript.print(`line ${index}`);
	}
	t.is(transcript.lines().length + transcript.dropped, keptLines + 2000);
	t.true(transcript.lines().length <= keptLines + 1000);
});

test('lines that are long are dropped before they are too many', (t) => {
	const transcript = createTranscript();
	const chunk = Buffer.from(`\u4e00${'\u0001'.repeat(65_000)}`);
	for (let index = 0; index < 300; index++) transcript.write(chunk, 'stdout');
	const lines = transcript.lines();
	const characters = lines.reduce((sum, {text}) => sum + text.length, 0);
	t.true(characters <= 16 * 1024 ** 2 && characters > 4 * 1024 ** 2, `${characters}`);
	t.is(lines.length + transcript.dropped, 300);
});

test('a character has no more marks than a terminal can bear', (t) => {
	const transcript = createTranscript();
	transcript.write(Buffer.from(`a${'\u0301'.repeat(5000)}b\n`), 'stdout');
	t.deepEqual(transcript.lines(), [{text: `a${'\u0301'.repeat(8)}b`}]);
});

test('a mark that is dropped is nothing that a step back takes away', (t) => {
	const transcript = createTranscript();
	const [dropped, kept] = ['\u0007\u0301\b', `e${'\u0301'.repeat(8)}`];
	transcript.write(Buffer.from(`ab${kept}${dropped.repeat(2)}\n`), 'stdout');
	t.deepEqual(transcript.lines(), [{text: `abe${'\u0301'.repeat(6)}`}]);
	// However often: a line is bounded by what it holds.
	transcript.write(Buffer.from(`${'x'.repeat(16_000)}${kept}${dropped.repeat(16_010)}`.repeat(20)), 'stdout');
	t.true(transcript.lines().every(({text}) => text.length < 17_000));
});

test('steps back over colours cost no more than others', (t) => {
	const timeOf = (text: string): number => {
		const times = Array.from({length: 3}, () => {
			const transcript = createTranscript();
			const begin = performance.now();
			transcript.write(Buffer.from(text), 'stdout');
			return performance.now() - begin;
		});
		return Math.min(...times);
	};
	const [count, colour] = [10_000, '\u001b[m'];
	const plain = timeOf('a'.repeat(count) + colour.repeat(count) + 'b'.repeat(count));
	// Walking over them each time it was some thousand times as much.
	t.true(timeOf('a'.repeat(count) + colour.repeat(count) + '\b'.repeat(count)) < 50 * plain + 50);
	t.true(timeOf(`a${colour}`.repeat(count) + '\b'.repeat(count)) < 50 * plain + 50);
});

test('the view shows the last rows, wrapped, and scrolls back no further than there are rows', (t) => {
	const lines = ['one', 'twotwo', '\x1b[31mthree\x1b[0m'].map((text) => ({text}));
	const wrap = createWrapper();
	const view = (height: number, scroll: number) => viewTranscript(lines, wrap, {width: 3, height, scroll});
	t.deepEqual(view(3, 0), {rows: ['two', '\x1b[31mthr\x1b[0m', '\x1b[31mee\x1b[0m'], scroll: 0});
	t.deepEqual(view(3, 1), {rows: ['two', 'two', '\x1b[31mthr\x1b[0m'], scroll: 1});
	t.deepEqual(view(3, 99), {rows: ['one', 'two', 'two'], scroll: 2});
	t.deepEqual(view(9, 5).rows.length, 5);
});
