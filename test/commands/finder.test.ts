import test from 'ava';
import {finderOf} from '../../src/commands/finder.ts';

const isFound = (expression: RegExp, text: string, end: AbortSignal): Promise<boolean> => finderOf(expression)(text, end);

const {signal} = new AbortController();

test('what an expression says is found wherever it is in a text', async (t) => {
	for (const before of [0, 10, 2047, 2048, 4090, 4096, 100_000]) {
		const text = `${'-'.repeat(before)}error here${'-'.repeat(5000)}`;
		t.true(await isFound(/error.*here/, text, signal), `${before}`);
		t.false(await isFound(/error.*there/, text, signal), `${before}`);
	}
	t.true(await isFound(/^$/, '', signal));
	t.true(await isFound(/^a.c$/, 'abc', signal));
});

test('a text on which an expression takes long holds nobody up, and a signal ends that', async (t) => {
	const end = new AbortController();
	setTimeout(() => end.abort(new Error('ended')), 200);
	const begun = Date.now();
	await t.throwsAsync(isFound(/error.*fail/, 'error '.repeat(2_000_000), end.signal), {message: 'ended'});
	t.true(Date.now() - begun < 20_000);
});

test('what would take for ever on a line is told instead', async (t) => {
	const expression = /(a+)+$/;
	t.true(await isFound(expression, 'aaa', signal));
	await t.throwsAsync(isFound(expression, `${'a'.repeat(64)}!`, signal), {message: "'(a+)+$' takes too long on a line"});
	for (const each of [/^(a|aa)+$/, /(\w|[a-z])+:/]) await t.throwsAsync(isFound(each, `${'a'.repeat(64)}!`, signal), {message: /takes too long on a line$/});
	// What other lines have is told after that as before.
	t.true(await isFound(expression, 'aaa', signal));
	t.false(await isFound(expression, '!', signal));
});
