import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {withHostLock} from '../../../src/backend/host/host-lock.ts';

function lockPath(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'host-lock-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	return join(directory, 'lock');
}

const patient = {waitMs: 30_000, signal: undefined};

/** Another process that has the lock until it is killed. */
async function holdElsewhere(t: ExecutionContext, path: string) {
	const holder = spawn('flock', [path, 'sh', '-c', 'echo taken; exec sleep 600'], {stdio: ['ignore', 'pipe', 'ignore'], detached: true});
	const end = (): void => {
		if (holder.pid !== undefined && holder.exitCode === null && holder.signalCode === null) process.kill(-holder.pid, 'SIGKILL');
	};
	t.teardown(end);
	await once(holder.stdout, 'data');
	return end;
}

test('one works after another', async (t) => {
	const path = lockPath(t);
	let working = 0;
	const most: number[] = [];
	const work = async (): Promise<void> => {
		most.push(++working);
		await wait(20);
		working--;
	};
	await Promise.all(Array.from({length: 5}, () => withHostLock(path, work, patient)));
	t.deepEqual(most, [1, 1, 1, 1, 1]);
});

test('a lock whose holder was killed is free, and one that does not come in time is done without', async (t) => {
	const path = lockPath(t);
	const end = await holdElsewhere(t, path);
	t.is(await withHostLock(path, () => Promise.resolve('without'), {...patient, waitMs: 100}), 'without');
	const late = () => new Error('it did not come');
	await t.throwsAsync(
		withHostLock(path, () => Promise.resolve(t.fail('it worked')), {...patient, waitMs: 100, late}),
		{message: 'it did not come'},
	);
	const waiting = withHostLock(path, () => Promise.resolve('with'), patient);
	end();
	t.is(await waiting, 'with');
});

test('an abort ends the wait', async (t) => {
	const path = lockPath(t);
	const begun = performance.now();
	await holdElsewhere(t, path);
	await t.throwsAsync(
		withHostLock(path, () => Promise.resolve(t.fail('it worked')), {...patient, signal: AbortSignal.timeout(50)}),
		{name: 'TimeoutError'},
	);
	t.true(performance.now() - begun < 15_000);
});

test('a fault of the work is told, and the lock is free again', async (t) => {
	const path = lockPath(t);
	await t.throwsAsync(
		withHostLock(path, () => Promise.reject(new Error('a fault')), patient),
		{message: 'a fault'},
	);
	t.is(await withHostLock(path, () => Promise.resolve('again'), patient), 'again');
});

test('what somebody has put in place of a lock is not waited for, followed or made', async (t) => {
	const path = lockPath(t);
	const work = (): Promise<void> => Promise.resolve(t.fail('it worked'));
	execFileSync('mkfifo', [path]);
	await t.throwsAsync(withHostLock(path, work, patient), {code: 'refused'});
	rmSync(path);
	symlinkSync(`${path}-elsewhere`, path);
	await t.throwsAsync(withHostLock(path, work, patient), {code: 'ELOOP'});
	t.false(existsSync(`${path}-elsewhere`));
});
