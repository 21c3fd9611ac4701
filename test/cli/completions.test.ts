import {readFileSync} from 'node:fs';
import test from 'ava';
import {optionTable} from '../../src/cli/virt-sandbox-options.ts';

const places = ['completions/virt-sandbox.bash', 'docs/options.md'];

for (const place of places) {
	test(`${place} knows the options, and no other`, (t) => {
		const text = readFileSync(new URL(`../../../${place}`, import.meta.url), 'utf8');
		const known = new Set(Array.from(text.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g), ([, long]) => long));
		t.deepEqual(
			optionTable.filter((row) => known.has(row.long) !== !('refused' in row)).map((row) => row.long),
			[],
		);
	});
}
