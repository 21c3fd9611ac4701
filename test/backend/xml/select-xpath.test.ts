import test from 'ava';
import {ShellError} from '../../../src/core/errors.ts';
import {readXml} from '../../../src/backend/xml/read-xml.ts';
import {selectXPath, wrapNodes} from '../../../src/backend/xml/select-xpath.ts';

const source = `<domain type='lxc' id='7'>
  <name>a &amp; b</name>
  <metadata><s:sandbox xmlns:s='urn:s' version='1'><s:owner pid='5'/></s:sandbox></metadata>
  <devices>
    <interface type='network'><mac address='52:54:00:00:00:01'/></interface>
    <console type='pty'/>
    <console type='pty'><target port='1'/></console>
  </devices>
</domain>`;

const selects = test.macro({
	async exec(t, expression: string, expected: readonly string[] | string) {
		const selection = await selectXPath(await readXml(source), expression);
		t.deepEqual(selection, typeof expected === 'string' ? {kind: 'value', text: expected} : {kind: 'nodes', texts: expected});
	},
	title: (_title, expression) => `selects ${expression}`,
});

test(selects, '//name', ['<name>a &amp; b</name>\n']);
test(selects, '/domain/name/text()', ['a &amp; b\n']);
test(selects, '//mac/@address', ["address='52:54:00:00:00:01'\n"]);
test(selects, '//console', ["<console type='pty'/>\n", "<console type='pty'>\n  <target port='1'/>\n</console>\n"]);
test(selects, '//console[2]/target/@port', ["port='1'\n"]);
test(selects, '//console[last()]/preceding-sibling::console/@type', ["type='pty'\n"]);
test(selects, '//target | //mac', ["<mac address='52:54:00:00:00:01'/>\n", "<target port='1'/>\n"]);
test(selects, '//target/ancestor::*/@id', ["id='7'\n"]);
test(selects, '//s:owner/@pid', ["pid='5'\n"]);
test(selects, '//*[local-name()="owner"]/@pid', ["pid='5'\n"]);
test(selects, '//nothing', []);
test(selects, 'count(//console)', '2');
test(selects, 'string(//name)', 'a & b');
test(selects, 'boolean(//nothing)', 'false');
test(selects, 'string(//mac/@address)', '52:54:00:00:00:01');

for (const expression of ['', '//[', '//a[', 'nosuch(1)', '//x:y', '"open']) {
	test(`refuses '${expression}'`, async (t) => {
		const error = await t.throwsAsync(selectXPath(await readXml(source), expression), {instanceOf: ShellError});
		t.is(error.code, 'usage');
		t.true(error.message.startsWith(`'${expression}' is not an XPath expression`));
	});
}

test('nodes are wrapped as virsh does', (t) => {
	t.is(wrapNodes(['<a/>\n', '<b>\n  <c/>\n</b>\n']), '<nodes>\n  <a/>\n  <b>\n    <c/>\n  </b>\n</nodes>\n');
	t.is(wrapNodes([]), '<nodes/>\n');
});
