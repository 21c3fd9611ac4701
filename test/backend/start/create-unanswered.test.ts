import test from 'ava';
import {createInTime, StartTimedOut} from '../../../src/backend/start/create-unanswered.ts';

test('what is never made is waited for as long as its command would have had', async (t) => {
	await t.throwsAsync(createInTime(new Promise(() => undefined), 2, 1), {instanceOf: StartTimedOut});
	t.is(await createInTime(Promise.resolve('made'), 1, 1), 'made');
	t.is(await createInTime(Promise.resolve('made'), undefined), 'made');
	await t.throwsAsync(createInTime(Promise.reject(new Error('refused')), 1), {message: 'refused'});
});
