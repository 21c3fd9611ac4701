import test from 'ava';
import {within} from '../../src/core/within.ts';

test('a promise is in time, or late, or rejects', async (t) => {
	t.true(await within(Promise.resolve(), 10_000));
	t.false(await within(Promise.withResolvers().promise, 1));
	await t.throwsAsync(within(Promise.reject(new Error('lost')), 10_000), {message: 'lost'});
});
