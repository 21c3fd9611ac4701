import test from 'ava';
import {diffXml} from '../../../src/backend/xml/diff-xml.ts';
import {element, type Element} from '../../../src/backend/xml/element.ts';

const marks = {same: ' ', added: '+', removed: '-'} as const;
function show(before: Element, after: Element): string[] {
	return diffXml(before, after).map(({change, line}) => marks[change] + line.text);
}
const list = (...names: string[]): Element =>
	element(
		'a',
		{},
		names.map((name) => element(name)),
	);

test('equal documents have no changed line', (t) => {
	t.deepEqual(show(list('b', 'c'), list('b', 'c')), [' <a>', '   <b/>', '   <c/>', ' </a>']);
});

test('added and removed lines are marked, removed ones first', (t) => {
	t.deepEqual(show(list('b', 'c', 'd', 'e'), list('b', 'x', 'd', 'y', 'z', 'e')), [
		' <a>',
		'   <b/>',
		'-  <c/>',
		'+  <x/>',
		'   <d/>',
		'+  <y/>',
		'+  <z/>',
		'   <e/>',
		' </a>',
	]);
});

test('an element that gets its first child changes its own line', (t) => {
	t.deepEqual(show(list(), list('b')), ['-<a/>', '+<a>', '+  <b/>', '+</a>']);
});

test('documents too large for the table are shown as a whole', (t) => {
	const many = (name: string): Element => list(...Array.from({length: 2001}, () => name));
	const diff = diffXml(many('b'), many('c'));
	t.is(diff.length, 2 + 2 * 2001);
	t.deepEqual([diff[0]?.change, diff[1]?.change, diff[2002]?.change], ['same', 'removed', 'added']);
});
