/** What a keystroke in a domain's document costs to check, and a first check, beside xmllint on the same document. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {checkDomain} from '../src/backend/xml/check-domain.ts';
import {createChecking} from '../src/live/check-document.ts';
import {openLibvirtChecker, readBrokenDomains, schemaFile} from '../test/helpers/broken-domains.ts';
import {createRandom} from '../test/helpers/create-random.ts';

const keystrokes = 300;
const checkDocument = createChecking();

/** A right document of at least so many lines: its devices over and over. */
function documentOf(lines: number): string {
	const [whole = ''] = readBrokenDomains()
		.map(({mended}) => mended)
		.toSorted((one, other) => other.length - one.length);
	const [, before = '', disk = '', after = ''] = /^([^]*?)(\s*<disk [^]*?<\/disk>)([^]*)$/.exec(whole) ?? [];
	let text = whole;
	for (let count = 1; text.split('\n').length < lines; count++) {
		const copies = Array.from({length: count}, (_, index) =>
			disk.replace(/dev='[a-z]+'/, `dev='vd${String.fromCodePoint(98 + (index % 24))}${String.fromCodePoint(97 + Math.floor(index / 24))}'`),
		);
		text = before + disk + copies.join('') + after;
	}
	return text;
}

const {check, count, size} = openLibvirtChecker();
const checker = {check, count, size};
const random = createRandom(5);
console.log('\nOne keystroke in a document, schema and rules, in milliseconds');
for (const lines of [60, 200, 700]) {
	const text = documentOf(lines);
	const times: number[] = [];
	for (let typed = -20; typed < keystrokes; typed++) {
		const at = Math.floor(random() * text.length);
		const next = text.slice(0, at) + String.fromCodePoint(97 + Math.floor(random() * 26)) + text.slice(at);
		const begun = performance.now();
		await checkDomain(next, checker, undefined);
		if (typed >= 0) times.push(performance.now() - begun);
	}
	const sorted = times.toSorted((one, other) => one - other);
	const [median = NaN, late = NaN, most = NaN] = [0.5, 0.95, 1].map((part) => sorted[Math.ceil(part * sorted.length) - 1]);
	console.log(`  ${String(text.split('\n').length).padStart(4)} lines  median ${median.toFixed(1)}  p95 ${late.toFixed(1)}  most ${most.toFixed(1)}`);
}

const directory = mkdtempSync(join(tmpdir(), 'bench-'));
try {
	const file = join(directory, 'domain.xml');
	writeFileSync(file, documentOf(200));
	const timed = async (work: () => unknown): Promise<number> => {
		const begun = performance.now();
		await work();
		return performance.now() - begun;
	};
	const text = readFileSync(file, 'utf8');
	const never = new AbortController().signal;
	const first = await timed(() => checkDocument({text, isOfHere: false}, never));
	const further = await timed(() => checkDocument({text, isOfHere: false}, never));
	const xmllint = await timed(() => spawnSync('xmllint', ['--noout', '--nonet', '--relaxng', schemaFile, file]));
	console.log(`  the first document, in a thread of its own ${first.toFixed(0)}, the next ${further.toFixed(0)}; xmllint ${xmllint.toFixed(0)}`);
} finally {
	rmSync(directory, {recursive: true});
}
