import test from 'ava';
import {createTerminalModes} from '../../../src/cli/terminal/terminal-modes.ts';

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
test('plain output leaves nothing', undoes, 'hello\r\nwörld', '');
test('colours that were ended leave nothing', undoes, `${e}[1;31mred${e}[0m`, '');
test(undoes, `${e}[31mred`, `${e}[0m`);
test(undoes, `${e}[?1049h${e}[?25l`, `${e}[?25h${e}[?1049l`);
test('a program that ended as it should leaves nothing', undoes, `${e}[?1049h${e}[?1h${e}=${e}[?25lx${e}[?25h${e}[?1l${e}>${e}[?1049l`, '');
test('several modes in one sequence', undoes, `${e}[?1000;1006;2004h`, `${e}[?1000l${e}[?1006l${e}[?2004l`);
test('mouse modes', undoes, `${e}[?1002h${e}[?1003h${e}[?1002l`, `${e}[?1003l`);
test('autowrap', undoes, `${e}[?7l`, `${e}[?7h`);
test('application keys and keypad', undoes, `${e}[?1h${e}=`, `${e}[?1l${e}>`);
test('a scroll region, with the cursor where it is', undoes, `${e}[3;10r`, `${e}7${e}[r${e}8`);
test('a scroll region that was reset', undoes, `${e}[3;10r${e}[r`, '');
test('line drawing', undoes, `${e}(0lqqk`, `${e}(B`);
test('the shape of the cursor', undoes, `${e}[5 q`, `${e}[0 q`);
test('keyboard protocols', undoes, `${e}[>1u${e}[>4;2m`, `${e}[<1u${e}[>4m`);
test('a full reset', undoes, `${e}[?1049h${e}[?1000h${e}c`, '');
test('a soft reset leaves the screen', undoes, `${e}[?1049h${e}[?1h${e}[!p`, `${e}[?1049l`);
test('a sequence cut off', undoes, `x${e}[?10`, '\u0018');
test('an endless sequence is given up', undoes, `${e}[${'1'.repeat(200)}`, '');
test('unknown modes are left alone', undoes, `${e}[?12h${e}[4h`, '');
