import {rmSync, statSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {toldOnce} from '../../../src/backend/start/told-once.ts';
import {whileRootStays} from '../../../src/backend/start/while-root-stays.ts';

const asRoot = process.getuid?.() === 0 ? test : test.skip;

/** Something of the host's root comes and goes, and its time tells so: some kernels have a new one each few milliseconds. */
function changeRoot(): void {
	const path = `/while-root-stays-${process.pid}`;
	const timeOf = (): bigint => statSync('/', {bigint: true}).mtimeNs;
	for (const before = timeOf(); timeOf() === before;) {
		writeFileSync(path, '');
		rmSync(path);
	}
}

/** How often it was tried, of an attempt that fails so often. */
async function tries(failures: number, fail: () => void, signal?: AbortSignal, isWorth?: () => boolean): Promise<string> {
	let count = 0;
	const attempt = async (): Promise<string> => {
		count++;
		if (count > failures) return 'right';
		fail();
		throw new Error('wrong');
	};
	let told = 0;
	const again = {...(isWorth && {isWorth}), tell: () => void told++};
	const result = await whileRootStays(signal, attempt, again).catch((error: unknown) => (error as Error).message);
	return `${result} after ${count}, told ${told}`;
}

asRoot('what fails while something comes and goes in the root directory is done anew, three times at most', async (t) => {
	t.is(await tries(0, changeRoot), 'right after 1, told 0');
	t.is(await tries(1, changeRoot), 'right after 2, told 1');
	t.is(await tries(2, changeRoot), 'right after 3, told 2');
	t.is(await tries(9, changeRoot), 'wrong after 3, told 2');
});

asRoot('nothing is done anew where that is of no use, or was given up', async (t) => {
	t.is(await tries(9, changeRoot, undefined, () => false), 'wrong after 1, told 0');
	t.is(await tries(9, changeRoot, AbortSignal.abort()), 'wrong after 1, told 0');
});

test('what fails for another reason is not done anew', async (t) => {
	// Another test may change the root just then.
	const results = await Promise.all(Array.from({length: 20}, () => tries(9, () => undefined)));
	t.true(results.includes('wrong after 1, told 0'));
});

test('what a start says and calls comes once, however often it is begun anew', (t) => {
	const told: string[] = [];
	const options = toldOnce({
		voice: {
			notice: (...words: readonly unknown[]) => void told.push(words.join(' ')),
			phase: (name: string, elapsedMs: number) => void told.push(`${name} ${elapsedMs}`),
		},
		onPlanned: () => void told.push('planned'),
	});
	for (let time = 0; time < 2; time++) {
		options.voice.notice('warning', 'a', 'message', 'hint');
		options.onPlanned?.();
	}
	options.voice.notice('info', 'b', 'other');
	options.voice.phase('layout', 1);
	t.deepEqual(told, ['warning a message hint', 'planned', 'info b other ', 'layout 1']);
	t.is(toldOnce({voice: options.voice, onPlanned: undefined}).onPlanned, undefined);
});
