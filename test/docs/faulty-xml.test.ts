// The table of docs/faulty-xml.md says of validate what it does.
import {readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {drawFaults} from '../helpers/draw-faults.ts';

const page = 'docs/faulty-xml.md';
const begin = /^## The documents\n\n/m;

test('the published table is what is found', async (t) => {
	const published = readFileSync(page, 'utf8');
	const at = (begin.exec(published)?.index ?? 0) + '## The documents\n\n'.length;
	const table = await drawFaults();
	if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, published.slice(0, at) + table);
	t.is(readFileSync(page, 'utf8').slice(at), table);
});
