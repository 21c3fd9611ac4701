import test from 'ava';
import {quoteWord} from '../../../src/commands/quote-word.ts';
import {placeOf, tokenise} from '../../../src/shell/language/tokenise.ts';

const splits = test.macro({
	exec(t, source: string, expected: readonly (readonly string[])[]) {
		const {statements, problem} = tokenise(source);
		t.deepEqual(
			statements.map(({words}) => words.map(({text}) => text)),
			expected.map((words) => [...words]),
		);
		t.is(problem, undefined);
	},
	title: (_, source) => `splits ${JSON.stringify(source)}`,
});

test(splits, '', []);
test(splits, '  \t ', []);
test(splits, 'echo a b', [['echo', 'a', 'b']]);
test(splits, 'echo a;echo b', [
	['echo', 'a'],
	['echo', 'b'],
]);
test(splits, 'echo a;;; ;echo b;', [
	['echo', 'a'],
	['echo', 'b'],
]);
test(splits, '; echo b', [['echo', 'b']]);
test(splits, 'echo a\necho b\r\n', [
	['echo', 'a'],
	['echo', 'b'],
]);
test(splits, 'echo a#b # c; d\necho e', [
	['echo', 'a#b'],
	['echo', 'e'],
]);
test(splits, '# only a comment', []);
test(splits, 'echo a;#x', [['echo', 'a']]);
test(splits, `echo 'a b'"c d"e`, [['echo', 'a bc de']]);
test(splits, `echo "a\\"b" 'a\\b' a\\ b`, [['echo', 'a"b', 'a\\b', 'a b']]);
test(splits, 'echo "a\\nb" a\\nb', [['echo', 'anb', 'anb']]);
test(splits, `echo '' ""`, [['echo', '', '']]);
test(splits, `echo "it's" 'say "x"'`, [['echo', "it's", 'say "x"']]);
test(splits, 'echo a\\\nb', [['echo', 'ab']]);
test(splits, 'echo a \\\n b', [['echo', 'a', 'b']]);
test(splits, 'echo "a\\\nb"', [['echo', 'ab']]);
test(splits, "echo 'a\nb'", [['echo', 'a\nb']]);
test(splits, `echo 'a;b' "a|b" a\\&b '&'`, [['echo', 'a;b', 'a|b', 'a&b', '&']]);
test(splits, 'echo ünï 漢字 🙂', [['echo', 'ünï', '漢字', '🙂']]);

test('tells the offsets of words in the source', (t) => {
	t.deepEqual(tokenise(` echo 'a b'c;x`).statements, [
		{
			words: [
				{text: 'echo', start: 1, end: 5, quoted: false},
				{text: 'a bc', start: 6, end: 12, quoted: true},
			],
			start: 1,
			end: 12,
			background: false,
		},
		{words: [{text: 'x', start: 13, end: 14, quoted: false}], start: 13, end: 14, background: false},
	]);
});

const background = test.macro({
	exec(t, source: string, expected: readonly boolean[]) {
		const {statements, problem} = tokenise(source);
		t.deepEqual(
			statements.map((each) => each.background),
			[...expected],
		);
		t.is(problem, undefined);
	},
	title: (_, source) => `finds what runs in the background in ${JSON.stringify(source)}`,
});
test(background, 'start web &', [true]);
test(background, 'start web&', [true]);
test(background, 'start a & ; start b', [true, false]);
test(background, 'start a &\nstart b & # both', [true, true]);

const problems = test.macro({
	exec(t, source: string, expected: object) {
		t.deepEqual(tokenise(source).problem, expected as never);
	},
	title: (_, source) => `reports what is wrong in ${JSON.stringify(source)}`,
});
test(problems, 'echo "x', {kind: 'unclosed', quote: '"', start: 5});
test(problems, "echo a'x", {kind: 'unclosed', quote: "'", start: 6});
test(problems, 'echo x\\', {kind: 'dangling', start: 6});
test(problems, 'echo "x\\', {kind: 'dangling', start: 7});
test(problems, 'a | b', {kind: 'reserved', text: '|', start: 2});
test(problems, 'a || b', {kind: 'reserved', text: '||', start: 2});
test(problems, 'a && b', {kind: 'reserved', text: '&&', start: 2});
test(problems, 'a & b', {kind: 'reserved', text: '&', start: 2});
test(problems, 'a&b', {kind: 'reserved', text: '&', start: 1});
test(problems, 'a & &', {kind: 'reserved', text: '&', start: 2});
test(problems, 'a > b', {kind: 'reserved', text: '>', start: 2});
test(problems, 'a >b', {kind: 'reserved', text: '>', start: 2});
test(problems, 'a >>b', {kind: 'reserved', text: '>>', start: 2});
test(problems, 'a <b', {kind: 'reserved', text: '<', start: 2});
test(problems, '&', {kind: 'reserved', text: '&', start: 0});
test(problems, 'a; &', {kind: 'reserved', text: '&', start: 3});

const ends = test.macro({
	exec(t, source: string, expected: string) {
		t.is(tokenise(source).end, expected as never);
	},
	title: (_, source, expected) => `ends in the state ${expected} after ${JSON.stringify(source)}`,
});
test(ends, '', 'blank');
test(ends, 'a', 'word');
test(ends, 'a ', 'blank');
test(ends, 'a;', 'blank');
test(ends, "a 'b", 'single');
test(ends, 'a "b', 'double');
test(ends, "a 'b'", 'word');
test(ends, 'a \\', 'backslash');
test(ends, 'a b\\\n', 'backslash');
test(ends, 'a # b', 'comment');

test('counts columns in characters and lines from 1', (t) => {
	t.deepEqual(placeOf('a\n🙂é x', 6), {line: 2, column: 4});
	t.deepEqual(placeOf('', 0), {line: 1, column: 1});
});

test('reads back every word that it quotes', (t) => {
	for (const word of ['', 'a', 'a b', "it's", '"', '\\', 'a\nb', '#x', 'a;b', '&', '|', '>', '<x', 'a>b', '--all', '-5', 'x=$(y)', 'ü']) {
		t.deepEqual(
			tokenise(`x ${quoteWord(word)}`).statements[0]?.words.map(({text}) => text),
			['x', word],
		);
	}
});

test('ends on any input, with words that lie within it', (t) => {
	const signs = ['a', ' ', '"', "'", '\\', '\n', ';', '#', '&', '|', '-', '='];
	for (let seed = 0; seed < 20_736; seed++) {
		const source = [0, 1, 2, 3].map((place) => signs[Math.floor(seed / 12 ** place) % 12]).join('');
		for (const {words} of tokenise(source).statements) {
			for (const {start, end} of words) {
				if (!(start < end && end <= source.length)) {
					t.fail(JSON.stringify(source));
				}
			}
		}
	}
	t.pass();
});
