import test from 'ava';
import {createTerminalModes} from '../../../src/cli/terminal/terminal-modes.ts';
import {createTerminalQueries} from '../../../src/cli/terminal/terminal-queries.ts';

const undoes = test.macro({
	exec(t, output: string, undo: string) {
		const whole = createTerminalModes();
		whole.watch(Buffer.from(output));
		t.is(whole.undo(), undo);
		const bytewise = createTerminalModes();
		for (const byte of Buffer.from(output)) {
			bytewise.watch(Uint8Array.of(byte));
		}
		t.is(bytewise.undo(), undo, 'the same byte by byte');
	},
	title: (title, output) => title ?? `undoes ${JSON.stringify(output)}`,
});

const e = '\u001b';
/** What sets every eighth column again. */
const tabs = `${e}7\r${e}[3g${`${e}[8C${e}H`.repeat(30)}${e}8`;
/** What ends a sequence for every terminal. */
const cut = `\u0018${e}\\`;
test('plain output leaves nothing', undoes, 'hello\r\nwörld', '');
test('colours that were ended are ended once more', undoes, `${e}[1;31mred${e}[0m`, `${e}[0;10m`);
test(undoes, `${e}[31mred`, `${e}[0;10m`);
test(undoes, `${e}[?1049h${e}[?25l`, `${e}[?1049l${e}[?25h`);
test(
	'where a program ended as it should the cursor stays where it is',
	undoes,
	`${e}[?1049h${e}[?1h${e}=${e}[?25lx${e}[?25h${e}[?1l${e}>${e}[?1049l`,
	`${e}[?1l${e}[?25h${e}>`,
);
test('several modes in one sequence', undoes, `${e}[?1000;1006;2004h`, `${e}[?1000l${e}[?1006l${e}[?2004l`);
test('mouse modes', undoes, `${e}[?1002h${e}[?1003h${e}[?1002l`, `${e}[?1002l${e}[?1003l`);
test('autowrap', undoes, `${e}[?7l`, `${e}[?7h`);
test('application keys and keypad', undoes, `${e}[?1h${e}=`, `${e}[?1l${e}>`);
test('a scroll region, with the cursor where it is', undoes, `${e}[3;10r`, `${e}7${e}[r${e}8`);
test('a scroll region that was reset', undoes, `${e}[3;10r${e}[r`, `${e}7${e}[r${e}8`);
test('line drawing', undoes, `${e}(0lqqk`, `${e}(B`);
test('the shape of the cursor', undoes, `${e}[5 q`, `${e}[0 q`);
test('keyboard protocols', undoes, `${e}[>1u${e}[>4;2m`, `${e}[<1u${e}[=0u${e}[>4m`);
test('a full reset, which leaves the other screen on in some terminals', undoes, `${e}[?1049h${e}[?1000h${e}c`, `${e}[?1049l${e}[?1000l`);
test('a soft reset leaves the screen', undoes, `${e}[?1049h${e}[?1h${e}(0${e}[4h${e}[!p`, `${e}[?1049l${e}[?1l${e}[4l${e}(B`);
test('a sequence cut off', undoes, `x${e}[?10`, cut);
test('an endless sequence', undoes, `${e}[${'1'.repeat(9000)}`, cut);
test('a long sequence', undoes, `${e}[?${'2004;'.repeat(20)}1003h${e}[?${'0'.repeat(80)}1000h`, `${cut}${e}[?1000l${e}[?1003l${e}[?2004l`);
test('DEL and controls within a sequence', undoes, `${e}[?10\u007f49h${e}\n[\u007f4h`, `${cut}${e}[?1049l${e}[4l`);
test('controls of one byte', undoes, '\u009b?1003h\u009d8;;http://a/\u009c', `${e}[?1003l${e}]8;;\u0007`);
test('unknown modes are left alone', undoes, `${e}[?30h${e}[?999h${e}[5h${e}[?2029l${e}[?3000h${e}[?1048h`, '');
test(
	'but those that some terminal may have for itself, once they were switched on',
	undoes,
	`${e}[?2029h${e}[?1337;19997h`,
	`${e}[?1337l${e}[?2029l${e}[?19997l`,
);
test('a prompt where clicks are told', undoes, `${e}]133;A;aid=1;click_events=1${e}\\`, `${e}]133;C\u0007`);
test('a prompt where they are not', undoes, `${e}]133;A${e}\\${e}]133;A;click_events=0${e}\\`, '');
test('what unlocks the keyboard breaks off the sequence that it comes into', (t) => {
	const modes = createTerminalModes();
	modes.watch(Buffer.from(`${e}[?1049h${e}[2h${e}[?1049`));
	t.is(modes.unlock(), `${e}[2l`);
	modes.watch(Buffer.from('l'));
	t.regex(modes.undo(), /\[\?1049l/);
});
test('controls that are shown, as the Linux console does it', undoes, `${e}[3h`, `${e}[3l`);
test('columns', undoes, `${e}[?40h${e}[?3h`, `${e}[?40h${e}[?3l${e}[?40l`);
test('columns that were not changed', undoes, `${e}[!p${e}[?3;4l`, `${e}[?4l`);
test(
	'a reverse screen, reports and what wraps backwards',
	undoes,
	`${e}[?5;45;67;2027;2031h`,
	[5, 45, 67, 2027, 2031].map((mode) => `${e}[?${mode}l`).join(''),
);
test('an origin, from which the cursor leaves the text above alone', undoes, `${e}[?6h`, `${e}[?6l${e}[999H`);
test('a blinking cursor', undoes, `${e}[?12h`, `${e}[?12l${e}[0 q`);
test('a keyboard that is locked, local echo, keys that do not repeat', undoes, `${e}[2h${e}[12l${e}[?8l`, `${e}[?8h${e}[2l${e}[12h`);
test('what goes to a printer', undoes, `${e}[5i${e}[?5i`, `${cut}${e}[4i${e}[?4i`);
test('what went to a printer', undoes, `${e}[5i${e}[?5i${e}[?4i${e}[4i`, `${cut}${e}[4i${e}[?4i`);
test('insertion and line feeds that return', undoes, `${e}[4;20h`, `${e}[4l${e}[20l`);
test('a shift to other characters', undoes, `${e})0\u000e`, `\u000f${e})B`);
test('a shift that was ended', undoes, '\u000ex\u000f', '\u000f');
test('another encoding', undoes, `${e}%@${e} G`, `${cut}${e}%G${e} F`);
test('colours of the terminal', undoes, `${e}]4;1;#f00\u0007${e}]10;#fff${e}\\${e}]11;#000\u0007`, `${e}]104\u0007${e}]110\u0007${e}]111\u0007`);
test('colours that are asked for', undoes, `${e}]11;?\u0007${e}]4;3;?${e}\\${e}]12;red\u0007${e}]112\u0007`, `${e}]112\u0007`);
test('a long string that has no end', undoes, `${e}]52;c;${'A'.repeat(200)}`, cut);
test('what looks like a sequence in a string is none', undoes, `${e}]0;[?1000h${'x'.repeat(100)}\u0007`, '');
test('key reports that are set, not pushed', undoes, `${e}[=5u${e}[>1;2m`, `${e}[=0u${e}[>1m`);
test('a link that is left open', undoes, `${e}]8;;http://a/\u0007text`, `${e}]8;;\u0007`);
test('a link with an identity', undoes, `${e}]8;id=${'x'.repeat(80)};http://a/${e}\\`, `${e}]8;;\u0007`);
test('a link that was ended', undoes, `${e}]8;id=1;http://a/\u0007text${e}]8;;\u0007`, `${e}]8;;\u0007`);
test('a terminal of another kind', undoes, `${e}[?2l`, `${cut}${e}<${e}[64;1"p`);
test('what such a terminal does not heed', undoes, `${e}[?1003h${e}[?2l${e}[?1003l${e}c`, `${cut}${e}<${e}[64;1"p${e}[?1003l`);
test('what not every terminal heeds puts nothing back', undoes, `${e}[?1003h\u009b?1003l`, `${e}[?1003l`);
test('a link that not every terminal takes for ended', undoes, `${e}]8;;http://a/\u0007${e}]8;;${e}[m`, `${cut}${e}[0;10m${e}]8;;\u0007`);
test('zeros before numbers', undoes, `${e}[?${'0'.repeat(9000)}1003h${e}[04h${e}]011;#fff\u0007`, `${e}[?1003l${e}[4l${e}]111\u0007`);
test('modes that were saved and come back', undoes, `${e}[?1003s${e}[?1003r${e}[?1049:1h`, `${cut}${e}7${e}[?1049l${e}[?1l${e}[?1003l`);

const unheeded: ReadonlyArray<readonly [what: string, output: string]> = [
	['with what makes another sequence of it', `${e}[?1049!l`],
	['with a blank in it', `${e}[?1049 l`],
	['with a colon', `${e}[?1049:1l`],
	['in a title of another kind of terminal', `${e}k${e}[?1049l${e}\\`],
	['in a string that not every ESC ends', `${e}]2;${e}[?1049l${e}\\`],
	['in a string that is cancelled', `${e}]2;\u0018${e}[?1049l`],
	['as a VT52', `${e}[?2l${e}[?1049l${e}<`],
	['as a plotter', `${e}[?38h${e}[?1049l${e}\u0003`],
	['to a printer', `${e}[5i${e}[?1049l${e}[4i`],
	['by a number that not every terminal takes for that', `${e}[?4294968345l`],
	['with more numbers than terminals keep', `${e}[?${'5;'.repeat(40)}1049l`],
	['by a full reset', `${e}c`],
	['while nothing is UTF-8', `${e}%@${e}[?1049l`],
];
for (const [what, output] of unheeded) {
	test(`another screen stays where it is switched off ${what}`, (t) => {
		const modes = createTerminalModes();
		modes.watch(Buffer.from(`${e}[?1049h${output}`));
		t.true(modes.undo().includes(`${e}[?1049l`), JSON.stringify(modes.undo()));
	});
}

test(
	'whatever else is switched off, in whatever way, is switched off once more',
	undoes,
	`${e}[?1003h${e}[?1003:1l${e}[8;38;5;0m${e}[4:1h`,
	`${cut}${e}[?1l${e}[?1003l${e}[4l${e}[0;10m`,
);
test('what is saved and comes back', undoes, `${e}[?6h${e}7${e}[?6l${e}8${e}(0${e}[31m${e}7${e}[0m${e}(B${e}8`, `${e}[?6l${e}[999H${e}[0;10m${e}(B`);
test('controls within a string', undoes, `${e}]\u00018;;http://a/\u0007${e}]1\u00011;#fff\u0007`, `${cut}${e}]8;;\u0007${e}]111\u0007`);
test(
	'modes that few terminals have',
	undoes,
	`${e}[?2005;1060;1046h${e}[1"q${e}l`,
	`${cut}${e}[?1046h${e}[?1060l${e}[?2005l${e}m${e}7${e}[r${e}8${e}W${e}[0"q`,
);

test('another screen that the terminal may not have been told to leave', (t) => {
	const modes = createTerminalModes();
	modes.watch(Buffer.from(`${e}[?1049h${e}[?1049l`));
	t.deepEqual([modes.undo(), modes.undo(true)], ['', `${cut}${e}7${e}[?1049l`]);
});

test('what is kept of a flood is bounded', (t) => {
	const modes = createTerminalModes();
	for (let index = 0; index < 20_000; index++)
		modes.watch(Buffer.from(`${e}[?2l${e}<${e}[>${index};1m${e}[>1u${e}]${index};1\u0007${e}[?${index}h${e}[${index}h`));
	t.true(modes.undo().length < 20_000, String(modes.undo().length));
});

test('more that few terminals have', undoes, `${e}[>4;1f${e}[3g${e}[1$}${e}[>2p`, `${cut}${e}[0$}${e}[0$~${tabs}${e}[>1p${e}]22;\u0007${e}[>4f`);
test('all that is told of the cursor and comes back', undoes, `${e}P1$t1;1;1;O;@;A;0;2;@;BBBB${e}\\`, `${cut}${tabs}${e}[0;10m\u000f`);
test('a title of GNU screen’s without an end', undoes, `${e}[?1003h${e}k`, `${cut}${e}[?1003l`);
test('the shape of the cursor stays where a program lets it stand still', undoes, `${e}[?12l${e}[?25h`, `${e}[?12l${e}[?25h`);

/** The least of a few times that reading a chunk took, for each byte. */
function costOf(text: string): number {
	const chunk = Buffer.from(text);
	const times = Array.from({length: 5}, () => {
		const begin = performance.now();
		createTerminalModes().watch(chunk);
		createTerminalQueries().ask(chunk);
		return performance.now() - begin;
	});
	return Math.min(...times) / chunk.length;
}

test('the longest sequences of all shapes are read about as fast as short ones', (t) => {
	const usual = costOf(`${e}[1;31m`.repeat(5000));
	for (const [start, part] of [
		['[?', '2;'],
		['[', '1;'],
		['[?', '38'],
		['[', '0'],
		[']4', ';?'],
		['P', '1;'],
		['[>', ':'],
	] as const) {
		for (const end of ['x', 'h', 'm', '!p', `${e}\\`]) {
			// Where a pattern goes back and forth in them it is some hundred times as much.
			t.true(costOf(`${e}${start}${part.repeat(2040)}${end}`.repeat(4)) < 50 * usual, `${start}${part}…${end}`);
		}
	}
});

test('colours in a list', undoes, `${e}]10;?;#010203;#020304\u0007${e}]4;1;?;2;#000\u0007`, `${e}]111\u0007${e}]112\u0007${e}]104\u0007`);
test(
	'colours that some know by names',
	undoes,
	`${e}]21;foreground=#000;3=red\u0007`,
	`${e}]21;${[...'foreground background selection_foreground selection_background cursor cursor_text visual_bell'.split(' '), ...[1, 2, 3, 4, 5, 6, 7].map((index) => `transparent_background_color${index}`)].join(';')}${e}\\${e}]104\u0007`,
);
const noSpecialColours = `${e}]6;0;0;1;0;2;0;3;0;4;0\u0007`;
test('colours of bold text and others that are special', undoes, `${e}]5;0;#f00\u0007${e}]6;0;1\u0007`, `${noSpecialColours}${e}]105\u0007`);
test('the same as colours after all others', undoes, `${e}]4;1;#f00;256;#f00${e}\\`, `${noSpecialColours}${e}]104\u0007`);
test('other colours are not special', undoes, `${e}]4;255;#f00;1;rgb:2567/1/1\u0007`, `${e}]104\u0007`);
test('sets with 96 characters, and keys with modifiers', undoes, `${e}-A${e}.A${e}/A${e}[?1035l`, `${cut}${e}[?1035h${e})B${e}*B${e}+B`);
test('a font, and a line of double size', undoes, `${e}]50;#6\u0007${e}#6`, `${cut}${e}]50;#0\u0007${e}#5`);
test(
	'what the Linux console keeps',
	undoes,
	`${e}[30;40m${e}[8]`,
	`${cut}${e}[0;10m${e}[1;6]${e}[2;8]${e}[37;40m${e}[8]${e}[0m${e}[9;0]${e}[14;0]${e}[10]${e}[11]`,
);
test('function keys with a text of their own, and a progress bar', undoes, `${e}P0;0|17/6964${e}\\${e}]9;4;3\u0007`, `${e}P0;1|${e}\\${e}]9;4;0\u0007`);
test('further modes', undoes, `${e}[?5522;80;2501h${e}[?35;1034l`, `${e}[?35h${e}[?80l${e}[?1034h${e}[?2501l${e}[?5522l`);
test('protected text, function keys and titles', undoes, `${e}V${e}[>n${e}[>0;1t`, `${cut}${e}W${e}[0"q${e}[>T${e}[>2m`);

test('a keyboard that is locked is unlocked at once', (t) => {
	const modes = createTerminalModes();
	modes.watch(Buffer.from(`${e}[4h`));
	t.is(modes.unlock(), '');
	modes.watch(Buffer.from(`${e}[2`));
	modes.watch(Buffer.from('h'));
	t.deepEqual([modes.unlock(), modes.unlock()], [`${e}[2l`, '']);
});

test('what has a terminal tell things by itself is known, however it is written, and what only says how is not', (t) => {
	const mayTell = (...output: readonly string[]): boolean => {
		const modes = createTerminalModes();
		for (const text of output) modes.watch(Buffer.from(text));
		return modes.mayTell();
	};
	for (const text of [
		'\u001b[?1003h',
		'\u001b[?25;1004h',
		'\u001b[?1000r',
		"\u001b[1'z",
		'\u001b[>3u',
		'\u001b[?9001h',
		'\u009b?2048h',
		'\u001b[?2029h',
		'\u001b]133;A;cl=m\u0007',
	])
		t.true(mayTell(text), JSON.stringify(text));
	t.true(mayTell('\u001b[?10', '02h'));
	t.true(mayTell('\u001b[?1003h', '\u001b[?1003l'), 'some terminals may have heeded the first alone');
	for (const text of ['plain', '\u001b[?1003l', '\u001b[?1006h', '\u001b[?2004h', '\u001b[?1049h']) t.false(mayTell(text), JSON.stringify(text));
});
