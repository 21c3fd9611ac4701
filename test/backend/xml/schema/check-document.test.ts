import test from 'ava';
import {applyEdits} from '../../../../src/backend/xml/scan/apply-edits.ts';
import {placesIn} from '../../../../src/backend/xml/scan/places.ts';
import type {XmlFault} from '../../../../src/backend/xml/scan/scanned.ts';
import {openChecker} from '../../../../src/backend/xml/schema/check-document.ts';
import {askXmllint} from '../../../helpers/ask-xmllint.ts';
import {openLibvirtChecker, readBrokenDomains, readGoodDomains, schemaFile} from '../../../helpers/broken-domains.ts';
import {createRandom} from '../../../helpers/create-random.ts';
import {mutateCharacter, mutateDomain} from '../../../helpers/mutate-domain.ts';

const {check} = openLibvirtChecker();

function lineOf(text: string, fault: XmlFault | undefined): number | undefined {
	return fault && placesIn(text)(fault.start).line;
}

test('faults of the syntax and the schema are found at their lines', (t) => {
	const wrong = readBrokenDomains().flatMap(({id, kind, lines, text}) => {
		if (kind !== 'syntax' && kind !== 'schema') return [];
		const line = lineOf(text, check(text)[0]);
		return line !== undefined && lines.includes(line) ? [] : [`${id}: line ${line}, not ${lines.join(' or ')}`];
	});
	t.deepEqual(wrong, []);
});

test('of what the schema allows nothing is refused', (t) => {
	const others = readBrokenDomains().flatMap(({kind, text}) => (kind === 'syntax' || kind === 'schema' ? [] : [text]));
	for (const text of [...readGoodDomains(), ...others]) t.deepEqual(check(text), [], text);
});

test('without a schema the syntax is checked', (t) => {
	const {check: checkSyntax} = openChecker(undefined);
	t.deepEqual(checkSyntax('<domain><nosuch/></domain>'), []);
	t.like(checkSyntax('<domain>\n<a>\n</domain>'), [{source: 'syntax', culprit: '<a>', path: '/domain/a'}]);
});

test('a verdict is that of xmllint, the first line is that of the fault, and a misspelt word is known', (t) => {
	const random = createRandom(17);
	const good = readGoodDomains();
	const mutations = Array.from({length: 5000}, (_, index) => mutateDomain(good[index % good.length] ?? '', random))
		.flatMap((each) => each ?? [])
		.slice(0, 3000);
	t.is(mutations.length, 3000);
	const verdicts = askXmllint(
		mutations.map(({text}) => text),
		schemaFile,
	);
	const counts = {refused: 0, atLine: 0, misspelt: 0, known: 0, cured: 0};
	const missed: string[] = [];
	for (const [index, {kind, text, line, word}] of mutations.entries()) {
		const faults = check(text);
		t.is(faults.length === 0 ? 'good' : 'refused', verdicts[index] ?? 'good', text);
		const [fault] = faults;
		if (fault === undefined) continue;
		counts.refused++;
		if (lineOf(text, fault) === line) counts.atLine++;
		else missed.push(`${kind}, line ${line}: ${lineOf(text, fault)}: ${fault.message}`);
		if (word !== undefined) {
			counts.misspelt++;
			if (fault.cure.includes(word) || fault.edits?.some((edit) => edit.text.includes(word))) counts.known++;
			else missed.push(`${kind}, '${word}': ${fault.message}: ${fault.cure}`);
		}
		for (const {edits} of faults) {
			if (edits === undefined) continue;
			counts.cured++;
			t.true(check(applyEdits(text, edits)).length < faults.length, text);
		}
	}
	t.log(counts);
	t.log(missed.join('\n'));
	t.true(counts.atLine >= 0.99 * counts.refused, missed.join('\n'));
	t.true(counts.known >= 0.9 * counts.misspelt, missed.join('\n'));
});

test('characters that are no XML are refused as by xmllint, and what is refused is told', (t) => {
	const random = createRandom(18);
	const good = readGoodDomains();
	const texts = Array.from({length: 1000}, (_, index) => mutateCharacter(good[index % good.length] ?? '', random));
	const verdicts = askXmllint(texts, schemaFile);
	for (const [index, text] of texts.entries()) {
		const faults = check(text);
		t.is(faults.length === 0, verdicts[index] === 'good', text);
		// Of a name with an empty part xmllint only warns, and the schema refuses it.
		if (verdicts[index] === 'no XML')
			t.true(
				faults.some(({source}) => source === 'syntax'),
				text,
			);
	}
});

test('of more faults than anybody reads the first ones still have a cure, and none is looked for without end', (t) => {
	const disks = `<domain type='qemu'><name>x</name><memory>65536</memory><os><type>hvm</type></os><devices>${"<disk type='fil'><target dev='vda'/></disk>".repeat(150)}</devices></domain>`;
	const faults = check(disks);
	t.is(faults.length, 100);
	t.truthy(faults[0]?.edits);
	const long = `<domain type='qemu'><devices><rng model='virtio'><rate bytes='${'1'.repeat(500_000)}x'/></rng></devices></domain>`;
	t.true(check(long).length > 0);
});

test('an element that has its place elsewhere is no misspelt one', (t) => {
	const text = `<domain type='lxc'><name>x</name><memory>65536</memory><os><type>exe</type><init>/bin/sh</init></os><devices><source dir='/srv'/></devices></domain>`;
	const [fault] = check(text);
	t.is(fault?.edits, undefined);
	t.regex(fault?.cure ?? '', /^it belongs into .*<console>/);
});
