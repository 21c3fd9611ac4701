import test from 'ava';
import {jsonLine} from '../../src/core/json-line.ts';

test('a line of JSON holds nothing that a terminal would obey or hide, and the same value', (t) => {
	const text = 'a\u001b]0;T\u0007 \u009b31m \u007f \u202e rtl \u{e0041} "\\ 日本 👩‍🚀 ä';
	const line = jsonLine({kind: 'record', text});
	t.is(line, `${String.raw`{"v":1,"kind":"record","text":"a\u001b]0;T\u0007 \u009b31m \u007f \u202e rtl \udb40\udc41 \"\\ 日本 👩‍🚀 ä"}`}\n`);
	t.deepEqual(JSON.parse(line), {v: 1, kind: 'record', text});
});
