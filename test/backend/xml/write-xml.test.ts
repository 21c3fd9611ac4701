import test from 'ava';
import {childElements, element, findElement, textOf} from '../../../src/backend/xml/element.ts';
import {readXml} from '../../../src/backend/xml/read-xml.ts';
import {escapeXml, writeXml, writeXmlLines} from '../../../src/backend/xml/write-xml.ts';

test('writes elements indented, text on the line of its element, and an empty element short', (t) => {
	const tree = element('a', {x: 1, gone: undefined}, [element('b', {}, ['text']), false, undefined, element('c'), [element('d', {}, [0]), false]]);
	t.is(writeXml(tree), "<a x='1'>\n  <b>text</b>\n  <c/>\n  <d>0</d>\n</a>\n");
});

test('writes mixed content on one line', (t) => {
	t.is(writeXml(element('a', {}, ['x', element('b'), 'y'])), '<a>x<b/>y</a>\n');
});

const nasty = `<&>"'\t\r\n\u007f\u009b\u202eä日👩‍🚀\u2028`;

test('writes markup, blanks that would be folded and characters that a terminal obeys as references', (t) => {
	t.is(
		writeXml(element('a', {x: nasty}, [nasty])),
		"<a x='&lt;&amp;&gt;\"&apos;&#x9;&#xd;&#xa;&#x7f;&#x9b;&#x202e;ä日👩‍🚀&#x2028;'>&lt;&amp;&gt;\"'&#x9;&#xd;&#xa;&#x7f;&#x9b;&#x202e;ä日👩‍🚀&#x2028;</a>\n",
	);
});

test('what is written reads as the same', async (t) => {
	const tree = element('a', {x: nasty, y: '007', empty: ''}, [
		element('b', {}, [nasty]),
		element('b', {}, ['  ']),
		element('n:c', {'xmlns:n': 'u'}),
		element('toString'),
	]);
	t.deepEqual(await readXml(writeXml(tree)), tree);
});

const refusesCharacter = test.macro({
	exec(t, character: string, shown: string) {
		t.like(
			t.throws(() => escapeXml(character, 'name')),
			{name: 'ShellError', code: 'refused', message: `The name '${shown}' holds the character ${shown}, which no XML can hold`},
		);
		t.throws(() => writeXml(element('a', {x: character})), {name: 'ShellError'});
		t.throws(() => writeXml(element('a', {}, [character])), {name: 'ShellError'});
	},
	title: (_, __, shown) => `refuses the character ${shown}`,
});
test(refusesCharacter, '\0', String.raw`\x00`);
test(refusesCharacter, '\u001b', String.raw`\x1b`);
test(refusesCharacter, '\ufffe', String.raw`\u{fffe}`);
test(refusesCharacter, '\uffff', String.raw`\u{ffff}`);
test(refusesCharacter, '\ud800', String.raw`\u{d800}`);

test('refuses names that would smuggle markup in', (t) => {
	for (const name of ['', 'a b', 'a>', 'a/', "a='x", '1a', '-a', 'a:b:c', ':a', 'a:', 'a\n', '<!--']) {
		t.like(
			t.throws(() => writeXml(element(name)), undefined, name),
			{code: 'refused'},
		);
		t.like(
			t.throws(() => writeXml(element('a', {[name]: 'x'})), undefined, name),
			{code: 'refused'},
		);
	}
	t.notThrows(() => writeXml(element('größe', {'xml:lang': 'de', 'a-b.c_1': ''})));
});

test('each line knows its element, its path and what caused it', (t) => {
	const outer = {kind: 'backend', text: 'outer'} as const;
	const inner = {kind: 'option', text: 'mount ram:/tmp=64M'} as const;
	const tree = element(
		'domain',
		{},
		[
			element('name', {}, ['x']),
			element('devices', {}, [element('filesystem', {}, [element('target')], inner), element('filesystem'), element('console')]),
		],
		outer,
	);
	const lines = writeXmlLines(tree);
	t.deepEqual(
		lines.map(({path, cause}) => [path, cause?.text]),
		[
			['/domain', 'outer'],
			['/domain/name', 'outer'],
			['/domain/devices', 'outer'],
			['/domain/devices/filesystem[1]', 'mount ram:/tmp=64M'],
			['/domain/devices/filesystem[1]/target', 'mount ram:/tmp=64M'],
			['/domain/devices/filesystem[1]', 'mount ram:/tmp=64M'],
			['/domain/devices/filesystem[2]', 'outer'],
			['/domain/devices/console', 'outer'],
			['/domain/devices', 'outer'],
			['/domain', 'outer'],
		],
	);
});

test('finds elements and text in a tree', (t) => {
	const tree = element('a', {}, [element('b', {}, [element('c', {}, ['x'])]), element('b', {n: 2})]);
	t.is(textOf(findElement(tree, 'b', 'c')), 'x');
	t.is(findElement(tree, 'c', 'b'), undefined);
	t.is(textOf(undefined), '');
	t.deepEqual(
		childElements(tree, 'b').map((child) => child.attributes['n']),
		[undefined, '2'],
	);
});
