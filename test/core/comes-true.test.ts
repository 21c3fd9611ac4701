import test from 'ava';
import {comesTrue} from '../../src/core/comes-true.ts';

test('what comes true is seen at the look after, what does not is given up in time', async (t) => {
	let looks = 0;
	t.true(await comesTrue(() => ++looks === 3, {mostMs: 10_000, stepMs: 1}));
	t.is(looks, 3);
	t.false(await comesTrue(() => Promise.resolve(false), {mostMs: 2, stepMs: 1}));
	await t.throwsAsync(
		comesTrue(() => false, {mostMs: 10_000, stepMs: 1, signal: AbortSignal.abort()}),
		{name: 'AbortError'},
	);
});
