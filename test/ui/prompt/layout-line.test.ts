import test from 'ava';
import {commands} from '../../../src/commands/table.ts';
import {explainArgument} from '../../../src/ui/prompt/explain-argument.ts';
import {cropLayout, layoutLine} from '../../../src/ui/prompt/layout-line.ts';

const place = test.macro({
	exec(t, text: string, cursor: number, rows: readonly string[], x: number, y: number) {
		const layout = layoutLine({prompt: '# ', continuation: '. ', text, cursor, width: 10, style: (prompt) => prompt});
		t.deepEqual(layout, {rows, cursor: {x, y}});
	},
	title: (_given, text, cursor) => `${JSON.stringify(text)} with the cursor at ${cursor}`,
});

test(place, '', 0, ['# '], 2, 0);
test(place, 'list', 2, ['# list'], 4, 0);
test(place, 'listlist', 8, ['# listlist', ''], 0, 1);
test(place, 'listlist', 7, ['# listlist'], 9, 0);
test(place, 'listlists', 9, ['# listlist', 's'], 1, 1);
test(place, 'a\nb', 3, ['# a', '. b'], 3, 1);
test(place, 'a\nb', 1, ['# a', '. b'], 3, 0);
test(place, '日本語日本', 4, ['# 日本語日', '本'], 0, 1);

test('a prompt that is longer than a row is wrapped', (t) => {
	const layout = layoutLine({prompt: 'Really end it? [y/n] ', continuation: '', text: 'y', cursor: 1, width: 10, style: (prompt) => prompt});
	t.deepEqual(layout, {rows: ['Really end', 'it? [y/n] ', 'y'], cursor: {x: 1, y: 2}});
});

test('a layout that is too high keeps the rows around the cursor', (t) => {
	const rows = ['a', 'b', 'c', 'd', 'e'];
	t.deepEqual(cropLayout({rows, cursor: {x: 0, y: 4}}, 3), {rows: ['c', 'd', 'e'], cursor: {x: 0, y: 2}});
	t.deepEqual(cropLayout({rows, cursor: {x: 0, y: 0}}, 3), {rows: ['a', 'b', 'c'], cursor: {x: 0, y: 0}});
});

const explained: ReadonlyArray<readonly [text: string, wanted: RegExp | undefined]> = [
	['', undefined],
	['nosuch ', undefined],
	['list', /^list \[--all\]: List running/],
	['list ', /^list \[--all\]$/],
	['list --all', /^--all: also domains that are not ours/],
	['list; console ', /^console NAME: the sandbox/],
	['console web ', /^console CONSOLE: which one/],
	['stop web --time ', /^--time /],
	['# note', undefined],
];

for (const [text, wanted] of explained) {
	test(`below ${JSON.stringify(text)} stands ${wanted === undefined ? 'nothing' : wanted.source}`, (t) => {
		const said = explainArgument(text, commands);
		t.true(wanted === undefined ? said === undefined : wanted.test(said ?? ''), said);
	});
}
