import {rmSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {whileRootStays} from '../../../src/backend/life/while-root-stays.ts';

const asRoot = process.getuid?.() === 0 ? test : test.skip;

/** Something of the host's root comes and goes. */
function changeRoot(): void {
	const path = `/while-root-stays-${process.pid}`;
	writeFileSync(path, '');
	rmSync(path);
}

/** How often it was tried, of an attempt that fails so often. */
async function tries(failures: number, fail: (tellBegun: () => void) => void, signal?: AbortSignal): Promise<string> {
	let count = 0;
	const attempt = whileRootStays(signal, async (tellBegun) => {
		count++;
		if (count > failures) return 'right';
		fail(tellBegun);
		throw new Error('wrong');
	});
	const result = await attempt.catch((error: unknown) => (error as Error).message);
	return `${result} after ${count}`;
}

asRoot('what fails while something comes and goes in the root directory is done anew, three times at most', async (t) => {
	t.is(await tries(0, changeRoot), 'right after 1');
	t.is(await tries(1, changeRoot), 'right after 2');
	t.is(await tries(2, changeRoot), 'right after 3');
	t.is(await tries(9, changeRoot), 'wrong after 3');
});

asRoot('nothing is done anew that has begun, or that was given up', async (t) => {
	const begin = (tellBegun: () => void): void => {
		tellBegun();
		changeRoot();
	};
	t.is(await tries(9, begin), 'wrong after 1');
	t.is(await tries(9, changeRoot, AbortSignal.abort()), 'wrong after 1');
});

test('what fails for another reason is not done anew', async (t) => {
	// Another test may change the root just then.
	const results = await Promise.all(Array.from({length: 20}, () => tries(9, () => undefined)));
	t.true(results.includes('wrong after 1'));
});
