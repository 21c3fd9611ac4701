import test from 'ava';
import {createTerminalModes} from '../../../src/cli/terminal/terminal-modes.ts';
import {createTerminalQueries, type OpenAnswers} from '../../../src/cli/terminal/terminal-queries.ts';

const asks = test.macro({
	title: (_title, output: string, open: OpenAnswers) => `to ${JSON.stringify(output)} there are answers: ${open}`,
	exec(t, output: string, open: OpenAnswers) {
		const whole = createTerminalQueries();
		whole.ask(Buffer.from(output, 'latin1'));
		t.is(whole.open(), open);
		const cut = createTerminalQueries();
		for (const byte of Buffer.from(output, 'latin1')) {
			cut.ask(Uint8Array.of(byte));
		}
		t.is(cut.open(), open, 'byte by byte');
	},
});
const e = '\u001b';

test('a question is as young as the terminal has it', (t) => {
	let now = 0;
	const queries = createTerminalQueries({now: () => now});
	t.false(queries.ask(Buffer.from('plain')));
	t.true(queries.ask(Buffer.from('\u001b[c')));
	now = 3000;
	t.is(queries.open(), 'none');
	queries.delay();
	t.is(queries.open(), 'in turn');
});

test(asks, `text ${e}[1mbold${e}[0m${e}[2J${e}[10;2H${e}]0;title\u0007`, 'none');
test(asks, `${e}[22;0t${e}[8;24;80t${e}[t${e}[50t`, 'none');
test(
	asks,
	`${e}]ltitle?${e}\\${e}]2;why?\u0007${e}]8;;http://x/?q=1\u0007${e}]52;c;YQ==\u0007${e}]133;A\u0007${e}P0;1q#0~-${e}\\${e}P=1s${e}\\${e}]112\u0007`,
	'none',
);
test(
	asks,
	`${e}[>4;2m${e}[4:3m${e}[>1u${e}[<u${e}[=1u${e}[3;10r${e}[?1049h${e}[?7l${e}[4l${e}[2 q${e}[!p${e}[3~${e}[5S${e}[?5W${e}[0"q${e}[?1004s${e}[?1;2004r${e}[?2J`,
	'none',
);
test(asks, `${e}[>4f${e}[>2p${e}[>1T${e}[2;1;1;3;3;1;5;5;1$v${e}[62;1"p${e}[4i${e}[?5i${e}[#{${e}[#}${e}[9999;9999H`, 'none');
test(asks, `${e}]1337;File=${'A'.repeat(9000)}\u0007`, 'none');

const inTurn = [
	['[6n', '[5n', '[?6n', '[?996n', '[05;1n', '[15n', '[c', '[0c', '[>c', '[=c', 'Z', '[?2026$p', '[>0q', '[?u', '[18t', '[018t', '[0:1c'],
	['["v', '[1$w', '[?1;1;0S', '[?4m', '[#R', '[&u', '[1;1;1;1;1;1*y', '[#S', '[1;1;1;1#|', '[?1004h', '[?25;2048h', '[?1004r'],
	[']11;?\u0007', ']4;0;?;1;?\u0007', ']60\u0007', ']61\u0007', ']22;?__current__\u0007', ']50;?\u0007', `]4;${'1;#000;'.repeat(1000)}1;?\u0007`],
	[']21;foreground=?\u0007'],
	[`P+q544e${e}\\`, `P+Q666f6e74${e}\\`, `P0$qm${e}\\`, `P$qm${e}\\`, `P\u0001$qm${e}\\`],
	// With a sign that some terminals have no need of, or do not heed.
	['[>4g', '[>1;1;1g', '[18$t', '[11$t', '[$x', '[1$x', '[*x', '[5 n', '[6"n', '[?5n', '[>5n', '[?0c', '[?18t', '[>18t', '(Z', ' Z'],
	// Numbers that count for others where they have too many bits.
	['[4294967301n', '[4294967314t', '[?4294968300h', '[18446744073709551634;1m', `[${'1;'.repeat(3000)}m`],
	// Another sequence within one, after which some go on with that.
	['[1\u001b?8t', '[\u001b\u001b5n', '\u001b[1m', '[1\u001b[m8t'],
	// What is no part of a sequence.
	['[\u007fc', '[\n5n', '[5\u0084n', '[1\u008a8t', '[1\u00188t', ']11;\u0018?\u0007', ']2;\u0005\u0007', 'k\u0005', '[?10\u00c2\u008404h', '[1:8t'],
].flat();
for (const text of inTurn) test(asks, `${e}${text}`, 'in turn');
test(asks, '\u0005', 'in turn');
test(asks, '\u009bc', 'in turn');
for (const text of [']99;i=1:p=?;', 'P@kitty-cmd{}', ']1337;ReportCellSize', ']666;x?', ']5522;type=read', '_X', 'Ptmux;x', ']4711', ']52;c;?'])
	test(asks, `${e}${text}${e}\\${e}[6n`, 'at any time');

test('what GNU screen hands on is answered by another one, at any time, and what is in a string may be a question', (t) => {
	const openAfter = (output: string): OpenAnswers => {
		const queries = createTerminalQueries({isHandedOn: true});
		queries.ask(Buffer.from(output, 'latin1'));
		return queries.open();
	};
	t.is(openAfter(`${e}[c`), 'in turn');
	for (const text of [`${e}]11;?\u0007`, `${e}Pq${e}[c${e}\\`, `${e}P0;1|${e}[>c${e}\\`, `${e}P$qm${e}\\`]) t.is(openAfter(text), 'at any time', text);
	t.is(openAfter(`${e}]2;title?\u0007${e}]11;#000\u0007${e}[1m`), 'none');
});

test('as long as a terminal answers further answers may come', (t) => {
	let time = 0;
	const queries = createTerminalQueries({now: () => time});
	queries.ask(Buffer.from(`${e}[6n${e}[c`));
	time = 1500;
	queries.answer(Buffer.from(`ls\r${e}[1`));
	queries.answer(Buffer.from(';1R'));
	time = 3000;
	t.is(queries.open(), 'in turn');
	queries.answer(Buffer.from(`ls\r${e}[A${e}OP${e}[1;5C${e}[<0;1;1M`));
	time = 3501;
	t.is(queries.open(), 'none');
	queries.answer(Buffer.from(`${e}[1;1R`));
	t.is(queries.open(), 'none');
});

test('a terminal that does not answer is not waited for', (t) => {
	let time = 0;
	const queries = createTerminalQueries({now: () => time});
	queries.ask(Buffer.from(`${e}[6n${e}]4711\u0007`));
	time = 2001;
	t.is(queries.open(), 'none');
	queries.ask(Buffer.from(`${e}[6n`));
	t.is(queries.open(), 'in turn');
});

test('what puts back what most programs touch asks for nothing', (t) => {
	const modes = createTerminalModes();
	const touched = '[?1049h [?1h [?25l [?7l [?6h [4h [3;10r [1m [5 q [>1u [>4;2m [?1000;1002;1006;2004;2026h [3g [22;0t (0'
		.split(' ')
		.map((each) => `${e}${each}`);
	modes.watch(Buffer.from(`${touched.join('')}${e}=${e}]8;;http://a/\u0007${e}]4;256;#000\u0007${e}]21;foreground=#000\u0007${e}]10;#000;#fff\u0007\u000e`));
	const queries = createTerminalQueries();
	queries.ask(Buffer.from(modes.undo(true)));
	t.is(queries.open(), 'none', JSON.stringify(modes.undo(true)));
});
