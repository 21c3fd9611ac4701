import test from 'ava';
import {plainText, styledWidth, wrapStyled, wrapStyledWords} from '../../../src/ui/draw/styled-text.ts';

const cases: ReadonlyArray<readonly [what: string, text: string, width: number, rows: readonly string[]]> = [
	['a short line stays', 'one two', 10, ['one two']],
	['a long line breaks at a blank', 'one two three', 9, ['one two', 'three']],
	['a blank at the edge is taken by the break', 'one two three', 7, ['one two', 'three']],
	['a word longer than a row is parted', 'a bcdefghij k', 4, ['a', 'bcde', 'fghi', 'j k']],
	['rows go on as far in as the first one begins', '  one two three', 9, ['  one two', '  three']],
	['rows go on below the second column', 'ab  one two three', 11, ['ab  one two', '    three']],
	['a second column far right is none', 'abcdefgh  one two', 12, ['abcdefgh', 'one two']],
	['wide characters count twice', '日本 日本', 5, ['日本', '日本']],
	['colours go on in the next row', '\x1b[31mone two\x1b[0m', 4, ['\x1b[31mone\x1b[0m', '\x1b[31mtwo\x1b[0m']],
	['blanks alone are a row', '   ', 2, ['  ', '']],
];

for (const [what, text, width, rows] of cases) {
	test(`words: ${what}`, (t) => {
		t.deepEqual(wrapStyledWords(text, width), rows);
	});
}

test('no row is wider than the width, and no word is lost, whatever the width', (t) => {
	const text = 'error: Cannot start \x1b[1mthe sandbox\x1b[0m, since /a/very/long/path/that/does/not/fit is  not there';
	for (let width = 1; width <= 100; width++) {
		for (const wrap of [wrapStyled, wrapStyledWords]) {
			const rows = wrap(text, width);
			t.true(rows.every((row) => styledWidth(row) <= width));
			t.is(rows.map(plainText).join('').replaceAll(' ', ''), plainText(text).replaceAll(' ', ''));
		}
	}
});
