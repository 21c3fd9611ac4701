import test from 'ava';
import {cellWidth, hasControlCharacters, padCells, safeLines, safeText, truncate} from '../../src/core/text.ts';

const shows = test.macro({
	exec: (t, text: string, shown: string) => t.is(safeText(text), shown),
	title: (name) => `shows ${name ?? ''}`,
});
test('plain text as it is', shows, 'plain äöü 日本 👩‍🚀 text', 'plain äöü 日本 👩‍🚀 text');
test('an escape sequence as visible text', shows, '\u001b[31mred', String.raw`\x1b[31mred`);
test('a title sequence as visible text', shows, '\u001b]0;x\u0007', String.raw`\x1b]0;x\x07`);
test('an eight-bit control sequence as visible text', shows, '\u009b2J', String.raw`\x9b2J`);
test('line feeds, returns and tabs as escapes', shows, 'a\r\n\tb', String.raw`a\r\n\tb`);
test('NUL and DEL as escapes', shows, '\0\u007f', String.raw`\x00\x7f`);
test('bidi overrides and isolates as escapes', shows, 'a\u202eb\u2066c\u200f', String.raw`a\u{202e}b\u{2066}c\u{200f}`);
test('invisible characters as escapes', shows, 'a\u200bb\ufeffc\u00ad', String.raw`a\u{200b}b\u{feff}c\xad`);
test('tag characters as escapes', shows, '\u{e0041}', String.raw`\u{e0041}`);
test('lone surrogates as escapes', shows, '\ud800x', String.raw`\u{d800}x`);

test('text of several lines keeps its line feeds and tabs only', (t) => {
	t.is(safeLines('a\n\tb\r\u001b'), 'a\n\tb\\r\\x1b');
});

test('tells text that holds control characters', (t) => {
	t.deepEqual(['abc', 'a\nb', '\u009b', 'ä'].map(hasControlCharacters), [false, true, true, false]);
});

test('counts the cells of text', (t) => {
	t.deepEqual(['', 'abc', 'ä', 'a\u0308', '日本', '👩‍🚀', '❤️', '…', '한글', 'ｱ'].map(cellWidth), [0, 3, 1, 1, 4, 2, 2, 1, 4, 1]);
});

test('cuts text to cells without cutting a character in two', (t) => {
	t.deepEqual(
		[truncate('abcdef', 6), truncate('abcdef', 4), truncate('日本語', 4), truncate('abc', 0), truncate('abc', 1)],
		['abcdef', 'abc…', '日…', '', '…'],
	);
});

test('fills text up to cells', (t) => {
	t.deepEqual([padCells('日', 4), padCells('abc', 2)], ['日  ', 'abc']);
});
