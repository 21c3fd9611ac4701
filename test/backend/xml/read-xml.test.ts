import test from 'ava';
import {element} from '../../../src/backend/xml/element.ts';
import {readXml} from '../../../src/backend/xml/read-xml.ts';

test('reads elements in order, values as text, and leaves layout, comments and declarations out', async (t) => {
	const xml = `<?xml version='1.0'?>\n<!-- c -->\n<a x='007'>\n  <b> 12 </b>\n  <c>1<!-- x -->2</c>\n  <b/>\n</a>\n`;
	t.deepEqual(await readXml(xml), element('a', {x: '007'}, [element('b', {}, [' 12 ']), element('c', {}, ['12']), element('b')]));
});

test('reads references and literal sections', async (t) => {
	t.deepEqual(await readXml("<a x='1&#10;2&#x202e;&apos;&amp;lt;'><![CDATA[<x&amp;>]]>&lt;&#65;</a>"), element('a', {x: "1\n2\u202e'&lt;"}, ['<x&amp;><A']));
});

const refuses = test.macro({
	async exec(t, xml: string, message: RegExp) {
		t.like(await t.throwsAsync(readXml(xml), {name: 'ShellError', message}), {code: 'failed'});
	},
	title: (_, xml) => `refuses ${JSON.stringify(xml)}`,
});
test(refuses, '', /Start tag expected/);
test(refuses, 'x', /not expected/);
test(refuses, '<a><b></a>', /line 1, Expected closing tag 'b'/);
test(refuses, '<a>\n<b>\n</a>', /line 3, /);
test(refuses, '<a', /./);
test(refuses, "<a x='1' x='2'/>", /repeated/);
test(refuses, '<a/><b/>', /more than one outermost element/);
test(refuses, '<a>&foo;</a>', /unknown reference '&foo;'/);
test(refuses, '<a>&#1;</a>', /unknown reference '&#1;'/);
test(refuses, '<a>&#xfffe;</a>', /unknown reference/);
test(refuses, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", /document type/);
test(refuses, "<a __proto__='x'/>", /./);

test('an entity of a name that objects have is unknown too', async (t) => {
	await t.throwsAsync(readXml('<a>&constructor;</a>'), {message: /unknown reference/});
});
