import test from 'ava';
import {RemovalProgress} from '../../../../src/backend/guest/state/removal-progress.ts';

const [before, since] = [
	{birthtimeMs: 900, ctimeMs: 2000, nlink: 1, isFile: () => true},
	{birthtimeMs: 1001, ctimeMs: 2000, nlink: 1, isFile: () => true},
];

/** How often 100 ms pass, of 100 times, before a removal is said to get nowhere. */
function timesOf(each: (progress: RemovalProgress, time: number) => void): number {
	const progress = new RemovalProgress(1000);
	progress.begin(1000);
	for (let time = 0; time < 100; time++) {
		each(progress, time);
		if (!progress.getsOn(100)) return time;
	}
	return 100;
}

test('a removal gets on as long as it removes what was there when it began', (t) => {
	t.is(
		timesOf((progress) => progress.removed(before)),
		100,
	);
	// As on the way down.
	t.is(
		timesOf((progress, time) => time % 5 === 0 && progress.removed(before)),
		100,
	);
});

test('a removal gets nowhere that removes nothing, or what was made since', (t) => {
	t.is(
		timesOf(() => undefined),
		10,
	);
	t.is(
		timesOf((progress) => progress.removed(since)),
		10,
	);
	t.is(
		timesOf((progress, time) => progress.removed(time < 5 ? before : since)),
		15,
	);
});

test('on its first way down a removal gets on by what it finds full, and no more', (t) => {
	t.is(
		timesOf((progress) => progress.full(before)),
		100,
	);
	t.is(
		timesOf((progress) => progress.full(since)),
		10,
	);
	t.is(
		timesOf((progress, time) => {
			if (time === 0) progress.begin(3000);
			progress.full(before);
		}),
		10,
	);
});

test('what is put beside what was there keeps a removal busy for a while only', (t) => {
	t.true(timesOf((progress, time) => progress.removed(time % 10 === 0 ? before : since)) < 30);
});

test('one more name of an old file, or another one of a directory, is no progress, and hides none', (t) => {
	t.is(
		timesOf((progress) => progress.removed({...before, nlink: 2})),
		10,
	);
	t.is(
		timesOf((progress) => {
			progress.removed({...before, nlink: 2});
			progress.removed({...before, nlink: 2, ctimeMs: 900});
		}),
		100,
	);
	t.is(
		timesOf((progress) => progress.removed({...before, isFile: () => false})),
		10,
	);
	t.is(
		timesOf((progress) => progress.removed({...before, ctimeMs: 900, isFile: () => false})),
		100,
	);
});

test('where a file system does not tell when something was made, its last change tells', (t) => {
	const progress = new RemovalProgress(0);
	progress.begin(1000);
	progress.removed({...before, birthtimeMs: 0, ctimeMs: 900});
	t.true(progress.getsOn(100));
	progress.removed({...before, birthtimeMs: 0, ctimeMs: 1100});
	t.false(progress.getsOn(100));
});

test('of a time one entry is looked at, and a long step counts for little', (t) => {
	const progress = new RemovalProgress(1000);
	progress.begin(1000);
	t.true(progress.isAsking);
	progress.removed(before);
	t.false(progress.isAsking);
	progress.removed(since);
	t.true(progress.getsOn(100));
	t.true(progress.isAsking);
	t.true(progress.getsOn(60_000));
});

test('a removal that is held up again and again is given up, whatever it removes between; a slow disk is not', (t) => {
	const passes = (ms: number, size: number, times = 1000) => {
		const progress = new RemovalProgress();
		progress.begin(1000);
		for (let time = 0; time < times; time++) {
			progress.removed(before);
			progress.went(size);
			if (!progress.getsOn(ms)) return {time, isHeldUp: progress.isHeldUp};
		}
		return 'all';
	};
	t.deepEqual(passes(3000, 0), {time: 3, isHeldUp: true});
	t.deepEqual(passes(195, 0), {time: 54, isHeldUp: true});
	t.is(passes(10, 0), 'all');
	t.is(passes(1200, 200_000_000, 50), 'all');
	// However large all is: space costs nobody anything.
	t.deepEqual(passes(2000, 1e12), {time: 35, isHeldUp: true});
	// What took no time earns none for what comes after it.
	const progress = new RemovalProgress();
	progress.went(1e12);
	progress.getsOn(1);
	for (let time = 0; time < 6; time++) progress.getsOn(2000);
	t.true(progress.isHeldUp);
});
