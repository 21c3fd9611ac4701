import test from 'ava';
import {applyEdits} from '../../../../src/backend/xml/scan/apply-edits.ts';
import {placesIn} from '../../../../src/backend/xml/scan/places.ts';
import {scanXml} from '../../../../src/backend/xml/scan/scan-xml.ts';
import {elementsIn, pathOf} from '../../../../src/backend/xml/scan/scanned.ts';
import {readBrokenDomains, readGoodDomains} from '../../../helpers/broken-domains.ts';

test('elements, attributes and texts have their places', (t) => {
	const text = '<a>\n\t<b x=\'1\' y="&lt;2"/>é\n\t<b>text</b>\n</a>';
	const {root, faults} = scanXml(text);
	t.deepEqual(faults, []);
	const [first, second] = root === undefined ? [] : elementsIn(root);
	t.is(first && text.slice(first.start, first.end), '<b x=\'1\' y="&lt;2"/>');
	t.deepEqual(
		first?.attributes.map(({name, value, start, end, inner}) => [name, value, text.slice(start, end), text.slice(inner.start, inner.end)]),
		[
			['x', '1', "x='1'", '1'],
			['y', '<2', 'y="&lt;2"', '&lt;2'],
		],
	);
	t.is(second && pathOf(second), '/a/b[2]');
	t.is(second && text.slice(second.inner.start, second.inner.end), 'text');
	t.deepEqual(second && placesIn(text)(second.start), {line: 3, column: 2});
});

test('columns count characters, whatever their size', (t) => {
	t.deepEqual(placesIn('a\n😀é<')(6), {line: 2, column: 4});
	t.deepEqual(placesIn('')(0), {line: 1, column: 1});
});

test('of changes that overlap the first is made', (t) => {
	const [one, two] = [
		{start: 0, end: 2, text: 'x'},
		{start: 1, end: 3, text: 'y'},
	];
	t.is(applyEdits('abc', [two, one]), 'xc');
});

interface Case {
	readonly text: string;
	/** Line, column and culprit of each fault. */
	readonly found: ReadonlyArray<readonly [line: number, column: number, culprit: string]>;
	/** The text with what is offered for it; undefined: nothing is. */
	readonly mended?: string;
}

const cases: Readonly<Record<string, Case>> = {
	'an element that is not closed': {text: '<a>\n<b>\n</a>', found: [[2, 1, '<b>']], mended: '<a>\n<b/>\n</a>'},
	'one whose content stands deeper than itself': {
		text: '<a>\n <b>\n  <c/>\n  <d/>\n <e/>\n</a>',
		found: [[2, 2, '<b>']],
		mended: '<a>\n <b>\n  <c/>\n  <d/>\n </b>\n <e/>\n</a>',
	},
	'two within each other': {
		text: '<a>\n <b>\n  <c>\n   <d/>\n <e/>\n</a>',
		found: [
			[2, 2, '<b>'],
			[3, 3, '<c>'],
		],
		mended: '<a>\n <b>\n  <c>\n   <d/>\n  </c>\n </b>\n <e/>\n</a>',
	},
	'two that are closed crosswise': {text: '<a>\n<b>x</a>', found: [[2, 1, '<b>']], mended: '<a>\n<b>x</b></a>'},
	'an end without a beginning': {
		text: '<a>\n</b></a>',
		found: [
			[2, 1, '</b>'],
			[2, 5, '</a>'],
		],
	},
	'a comment with two hyphens': {text: '<a>\n<!-- a -- b --></a>', found: [[2, 8, '--']], mended: '<a>\n<!-- a - b --></a>'},
	'an attribute twice': {text: "<a x='1'\nx='2'/>", found: [[2, 1, 'x']]},
	'a value without quotes': {text: '<a\nx=1/>', found: [[2, 1, 'x=1']], mended: "<a\nx='1'/>"},
	'an entity that nobody has defined': {text: '<a>\n&nbsp;</a>', found: [[2, 1, '&nbsp;']]},
	'a single ampersand': {text: '<a>\nb & c</a>', found: [[2, 3, '&']], mended: '<a>\nb &amp; c</a>'},
	'a document type': {text: '<!DOCTYPE a [<!ENTITY b "c">]>\n<a/>', found: [[1, 1, '<!DOCTYPE']], mended: '\n<a/>'},
	'bytes that are no UTF-8': {text: '<a>\nM\ufffdller</a>', found: [[2, 2, 'M\ufffd']]},
	'a prefix that nothing declares': {text: '<a>\n<b:c/></a>', found: [[2, 1, 'b:c']]},
	'a control character': {text: '<a>\n\u0001</a>', found: [[2, 1, '\u0001']], mended: '<a>\n</a>'},
	nothing: {text: '', found: [[1, 1, '']]},
	'a second outermost element': {text: '<a/>\n<b/>', found: [[2, 1, '<b']]},
	'text behind the end': {text: '<a/>\nb', found: [[2, 1, 'b']], mended: '<a/>\n'},
	'blank lines before the declaration': {text: "\n<?xml version='1.0'?><a/>", found: [[2, 1, '<?xml']], mended: "<?xml version='1.0'?><a/>"},
};

for (const [what, {text, found, mended}] of Object.entries(cases)) {
	test(`${what} is told with its place`, (t) => {
		const {faults} = scanXml(text);
		const placeOf = placesIn(text);
		t.deepEqual(
			faults.map(({start, culprit}) => [placeOf(start).line, placeOf(start).column, culprit]),
			found.map((each) => [...each]),
		);
		if (mended === undefined) return;
		t.is(
			applyEdits(
				text,
				faults.toReversed().flatMap(({edits}) => edits ?? []),
			),
			mended,
		);
	});
}

test('a good document has no fault, and all of them are read to their end', (t) => {
	for (const text of readGoodDomains()) {
		const {root, faults} = scanXml(text);
		t.deepEqual(faults, []);
		t.is(root?.end, text.trimEnd().length);
	}
});

test('what is deep, long or cut off anywhere is told in a moment', (t) => {
	const deep = '<a>'.repeat(10_000);
	t.is(scanXml(deep).faults.filter(({message}) => message.includes('256 deep')).length, 1);
	const wide = `<a>${'<b c="&amp;"/>'.repeat(50_000)}</a>`;
	t.deepEqual(scanXml(wide).faults, []);
	t.true(scanXml('<'.repeat(100_000)).faults.length > 0);
	t.true(scanXml('<a b="'.repeat(20_000)).faults.length > 0);
	t.true(scanXml(`<a>${'&'.repeat(100_000)}</a>`).faults.length > 0);
	t.true(scanXml(`<a>${'<!--'.repeat(20_000)}`).faults.length > 0);
	const many = (count: number, part: (index: number) => string): string => Array.from({length: count}, (_, index) => part(index)).join('');
	t.deepEqual(scanXml(`<a ${many(100_000, (index) => `b${index}='' `)}/>`).faults, []);
	t.deepEqual(scanXml(`<a xmlns:x='urn:x' ${many(100_000, (index) => `x:b${index}='' `)}/>`).faults, []);
	// Each element knows the prefixes around it, and has no list of them all.
	const scopes = many(250, (depth) => `<a ${many(1000, (index) => `xmlns:p${depth}x${index}='urn:${depth}' `)}>`);
	t.deepEqual(scanXml(`${scopes}<p0x0:b/>${'</a>'.repeat(250)}`).faults, []);
	const [{text = ''} = {}] = readBrokenDomains();
	for (let end = 0; end < text.length; end += 7) t.true(scanXml(text.slice(0, end)).faults.length > 0 || text.slice(end).trim() === '');
});
