import test from 'ava';
import {createTerminalQueries} from '../../../src/cli/terminal/terminal-queries.ts';

const asks = test.macro({
	title: (_title, output: string, count: number) => `${JSON.stringify(output)} asks ${count} times`,
	exec(t, output: string, count: number) {
		const whole = createTerminalQueries();
		whole.ask(Buffer.from(output, 'latin1'));
		t.is(whole.open(), count);
		const cut = createTerminalQueries();
		for (const byte of Buffer.from(output, 'latin1')) {
			cut.ask(Uint8Array.of(byte));
		}
		t.is(cut.open(), count, 'byte by byte');
	},
});

test(asks, 'text \u001b[1mbold\u001b[0m\u001b[2J\u001b[10;2H\u001b]0;title\u0007', 0);
test(asks, '\u001b[6n', 1);
test(asks, '\u001b[?1004h\u001b[?25;2048h\u001b[?1004l\u001b[?11004h', 2);
test(asks, '\u001b[5n\u001b[?6n\u001b[?996n', 3);
test(asks, '\u001b[c\u001b[0c\u001b[>c\u001b[=c\u001bZ', 5);
test(asks, '\u001b[?2026$p\u001b[>0q\u001b[?u\u001b[18t', 4);
test(asks, '\u001b]11;?\u0007\u001bP+q544e\u001b\\', 2);
test(asks, '\u001b[22;0t\u001b[8;24;80t', 0);
test(asks, '\u001b[\u007fc\u001b[\n5n\u009bc', 3);
test(asks, '\u001b[018t\u001b[0:1c\u001b[5:1n\u001bP0$qm\u001b\\\u001bP\u0001$qm\u001b\\\u0005', 6);
test(asks, '\u001b]4;0;?;1;?;2;?\u0007\u001bP+q436f;544e\u001b\\', 5);
test(asks, `\u001b]4;${'1;#000;'.repeat(1000)}1;?\u0007\u001b]1337;File=${'A'.repeat(9000)}\u0007`, 1);
test(asks, '\u001b["v\u001b[1$w\u001b[?1;1;0S\u001b[?4m\u001b[#R\u001b[&u\u001b[1;1;1;1;1;1*y\u001b[#S\u001b[1;1;1;1#|', 9);
test(asks, '\u001bP+Q666f6e74\u001b\\\u001b]60\u0007\u001b]61\u0007', 3);
test(
	asks,
	'\u001b]ltitle?\u001b\\\u001b]2;why?\u0007\u001b]8;;http://x/?q=1\u0007\u001b]52;c;YQ==\u0007\u001b]133;A\u0007\u001bP0;1q#0~-\u001b\\\u001bP=1s\u001b\\\u001b]112\u0007',
	0,
);
for (const text of [']21;foreground=?', ']99;i=1:p=?;', 'P@kitty-cmd{}', ']1337;ReportCellSize', ']666;x?', ']5522;type=read', '_X', 'Ptmux;x', ']4711'])
	test(asks, `\u001b${text}\u001b\\`, Number.POSITIVE_INFINITY);
test(asks, '\u001b]52;c;?\u0007\u001b]22;?__current__\u0007\u001b]50;?\u0007\u001bP$qm\u001b\\', 4);
test(asks, '\u001b[>4;2m\u001b[>1u\u001b[<u\u001b[=1u\u001b[3;10r\u001b[?1049h\u001b[?7l\u001b[4l\u001b[2 q\u001b[!p\u001b[3~\u001b[5S\u001b[?5W\u001b[0"q', 0);

test('answers are counted, keys are not', (t) => {
	const queries = createTerminalQueries();
	queries.ask(Buffer.from('\u001b[6n\u001b[c\u001b]11;?\u0007'));
	queries.answer(Buffer.from('ls\r\u001b[A\u001bOP\u001b[1;5C'));
	t.is(queries.open(), 3);
	queries.answer(Buffer.from('\u001b[1'));
	queries.answer(Buffer.from(';1R\u001b[?64;1c'));
	t.is(queries.open(), 1);
	queries.answer(Buffer.from('\u001b]11;rgb:0/0/0\u001b\\'));
	t.is(queries.open(), 0);
	queries.ask(Buffer.from('\u001b[?1004h'));
	queries.answer(Buffer.from('\u001b[I'));
	t.is(queries.open(), 0);
});

test('of the last question it is known how often the guest has asked it too', (t) => {
	const queries = createTerminalQueries();
	t.is(queries.lastOpen(), 0);
	queries.ask(Buffer.from('\u001b[5n\u001b[05;1n\u001b[c\u001b[15n'));
	t.is(queries.lastOpen(), 2);
	queries.answer(Buffer.from('\u001b[?1;2c\u001b[0n'));
	t.is(queries.lastOpen(), 1);
	queries.ask(Buffer.from('\u001bPtmux;x\u001b\\'));
	t.is(queries.lastOpen(), undefined);
});

test('what may have any number of answers stays open', (t) => {
	const queries = createTerminalQueries();
	queries.ask(Buffer.from('\u001b[6n\u001bP@kitty-echo|eA==\u001b\\'));
	queries.answer(Buffer.from('x\r\u001b[1;1R\u001b[1;1R'));
	t.is(queries.open(), Number.POSITIVE_INFINITY);
});

test('a terminal that does not answer is not waited for', (t) => {
	let time = 0;
	const queries = createTerminalQueries(() => time);
	queries.ask(Buffer.from('\u001b[6n'));
	time = 2001;
	t.is(queries.open(), 0);
	queries.ask(Buffer.from('\u001b[6n'));
	t.is(queries.open(), 1);
});
