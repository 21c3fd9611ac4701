import {lstat, open, rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {makeDirectories} from '../backend/host/files/make-directories.ts';
import {clockMs} from '../core/clock-ms.ts';
import {ShellError} from '../core/errors.ts';

const stepMs = 10;
/** Nobody works so long under a lock, in milliseconds: who left it was killed. */
const staleMs = 5000;
/** How long a lock is waited for, in milliseconds. */
const patienceMs = 20_000;

/** Which file a lock is: one that is made in its place, even with the same number, is younger. */
interface Mark {
	readonly ino: bigint;
	readonly mtimeNs: bigint;
}

/** Works on a file while no other process of ours does. Where no lock can be made, the work itself says what is wrong there. Rejects with a ShellError where the lock does not come free. */
export async function withFileLock<T>(path: string, work: () => Promise<T>, {deadlineMs = patienceMs} = {}): Promise<T> {
	const lock = `${path}.lock`;
	const giveUpAt = clockMs() + deadlineMs;
	try {
		makeDirectories(dirname(lock));
	} catch {
		// Then no lock can be made there either.
	}
	let own = await take(lock);
	while (own === 'taken') {
		if (clockMs() > giveUpAt) {
			throw new ShellError('unavailable', `${lock} is still held by another process`, {
				hint: 'If no other virt-sandbox-shell is running, delete it.',
			});
		}
		if (!(await removeStale(lock))) {
			await wait(stepMs);
		}
		own = await take(lock);
	}
	try {
		return await work();
	} finally {
		await letGo(lock, own);
	}
}

/** Undefined: no lock can be made there. */
async function take(lock: string): Promise<Mark | 'taken' | undefined> {
	try {
		const file = await open(lock, 'wx', 0o600);
		try {
			return await file.stat({bigint: true});
		} finally {
			await file.close();
		}
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EEXIST' ? 'taken' : undefined;
	}
}

/** Who took longer than a lock counts has lost it: by now it is another's. */
async function letGo(lock: string, own: Mark | undefined): Promise<void> {
	if (own !== undefined && isSame(await look(lock), own)) {
		await rm(lock, {force: true}).catch(() => undefined);
	}
}

/** One at a time, who looks again: else a second one takes the new lock of the first for the stale one that both have seen. False: it was not removed. */
async function removeStale(lock: string): Promise<boolean> {
	if (!isStale(await look(lock))) {
		return false;
	}
	const guard = `${lock}.stale`;
	const own = await take(guard);
	if (own === 'taken') {
		if (isStale(await look(guard))) {
			await rm(guard, {force: true}).catch(() => undefined);
		}
		return false;
	}
	try {
		return (
			own !== undefined &&
			isStale(await look(lock)) &&
			(await rm(lock).then(
				() => true,
				() => false,
			))
		);
	} finally {
		await letGo(guard, own);
	}
}

function isStale(mark: Mark | undefined): boolean {
	return mark !== undefined && Date.now() - Number(mark.mtimeNs / 1_000_000n) > staleMs;
}

async function look(path: string): Promise<Mark | undefined> {
	return lstat(path, {bigint: true}).catch(() => undefined);
}

function isSame(a: Mark | undefined, b: Mark): boolean {
	return a?.ino === b.ino && a.mtimeNs === b.mtimeNs;
}
