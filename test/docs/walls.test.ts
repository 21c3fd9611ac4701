// The table of walls in docs/security.md says of our own columns what the tests expect.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {allProbes} from '../walls/all-probes.ts';
import {drawTable, readOwnCells} from '../walls/draw-table.ts';

const published = readFileSync('docs/security.md', 'utf8').replace(/^[^]*?^## The table of walls$/m, '');

test('the published table has every wall, with what is expected of each kind of sandbox', (t) => {
	t.deepEqual([...readOwnCells(published)], [...readOwnCells(drawTable([]))]);
});

test('the reasons of its cells are published', (t) => {
	const reasons = drawTable([]).match(/^\d+\. .*$/gm) ?? [];
	t.true(reasons.length > 5);
	t.deepEqual(published.match(/^\d+\. .*$/gm), reasons);
});

test('every wall has a name and a sentence of its own', (t) => {
	t.deepEqual(
		[allProbes.map(({id}) => id), allProbes.map(({wall}) => wall)].map((all) => all.filter((each, index) => all.indexOf(each) !== index)),
		[[], []],
	);
});
