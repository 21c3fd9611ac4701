import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import {paceResizes} from '../../../src/ui/consoles/pace-resizes.ts';
import {waitUntil} from '../../helpers/wait-until.ts';

test('the first size is passed on at once, of those right after it the last, and later', async (t) => {
	const seen: number[] = [];
	const resize = paceResizes(({rows}) => void seen.push(rows), 100);
	// Nothing ends before the timer does, as in a session.
	const alive = setInterval(() => {}, 1000);
	t.teardown(() => clearInterval(alive));
	for (const rows of [22, 30, 50]) resize({columns: 80, rows});
	t.deepEqual(seen, [22]);
	await waitUntil(() => seen.length > 1, 'the last size');
	t.deepEqual(seen, [22, 50]);
	resize({columns: 80, rows: 10});
	t.deepEqual(seen, [22, 50]);
	await waitUntil(() => seen.length > 2, 'the size after that');
	await wait(150);
	resize({columns: 80, rows: 11});
	t.deepEqual(seen, [22, 50, 10, 11]);
});
