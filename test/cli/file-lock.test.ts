import {existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {withFileLock} from '../../src/cli/file-lock.ts';

function makeFile(t: ExecutionContext) {
	const directory = mkdtempSync(join(tmpdir(), 'virt-sandbox-lock-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const path = join(directory, 'file');
	return {directory, path, lock: `${path}.lock`};
}

/** As one that was made a minute ago. */
function age(lock: string): void {
	const then = Date.now() / 1000 - 60;
	utimesSync(lock, then, then);
}

test('one works after another, and nothing is left', async (t) => {
	const {directory, path} = makeFile(t);
	let working = 0;
	const most: number[] = [];
	const work = async () => {
		most.push(++working);
		await new Promise(setImmediate);
		working--;
	};
	await Promise.all([1, 2, 3, 4].map(() => withFileLock(path, work)));
	t.deepEqual([most, readdirSync(directory)], [[1, 1, 1, 1], []]);
});

test('of several that find a lock of one that was killed, one works at a time', async (t) => {
	const {directory, path, lock} = makeFile(t);
	writeFileSync(lock, '');
	age(lock);
	let working = 0;
	const most: number[] = [];
	const work = async () => {
		most.push(++working);
		await new Promise((resolve) => setTimeout(resolve, 5));
		working--;
	};
	await Promise.all(Array.from({length: 8}, () => withFileLock(path, work)));
	t.deepEqual([Math.max(...most), readdirSync(directory)], [1, []]);
});

test('who was killed while it removed such a lock is no obstacle', async (t) => {
	const {directory, path, lock} = makeFile(t);
	for (const file of [lock, `${lock}.stale`]) {
		writeFileSync(file, '');
		age(file);
	}
	await withFileLock(path, () => Promise.resolve());
	t.deepEqual(readdirSync(directory), []);
});

test('a stale lock is left to the one who removes it', async (t) => {
	const {path, lock} = makeFile(t);
	writeFileSync(lock, '');
	age(lock);
	writeFileSync(`${lock}.stale`, '');
	await t.throwsAsync(
		withFileLock(path, () => Promise.resolve(), {deadlineMs: 50}),
		{code: 'unavailable'},
	);
	t.true(existsSync(lock));
});

test('who works longer than its lock counts leaves that of another alone', async (t) => {
	const {path, lock} = makeFile(t);
	const long = Promise.withResolvers<void>();
	const begun = Promise.withResolvers<void>();
	const first = withFileLock(path, () => {
		begun.resolve();
		return long.promise;
	});
	await begun.promise;
	age(lock);
	await withFileLock(path, async () => {
		const {ino} = lstatSync(lock);
		long.resolve();
		await first;
		t.is(lstatSync(lock).ino, ino);
	});
	t.false(existsSync(lock));
});

test('where the directory is a file the work says so', async (t) => {
	const {path} = makeFile(t);
	writeFileSync(path, '');
	await t.throwsAsync(
		withFileLock(join(path, 'inner'), () => Promise.reject(new Error('no directory'))),
		{message: 'no directory'},
	);
});

test('a lock that is not let go is told of', async (t) => {
	const {path, lock} = makeFile(t);
	writeFileSync(lock, '');
	await t.throwsAsync(
		withFileLock(path, () => Promise.resolve(), {deadlineMs: 50}),
		{message: `${lock} is still held by another process`},
	);
	t.true(existsSync(lock));
});
