import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync} from 'node:fs';

interface HostLockOptions {
	/** After this time it works all the same, or throws what `late` gives. */
	readonly waitMs: number;
	readonly late?: () => Error;
	/** Ends the wait, not the work. */
	readonly signal: AbortSignal | undefined;
}

/** Of a flock that has waited long enough; one that knows no such waiting has another. */
const lateStatus = 75;

/** Works while no other process of ours on this host does, as far as that can be had: where flock is missing it works without. */
export async function withHostLock<T>(path: string, work: () => Promise<T>, {waitMs, late, signal}: HostLockOptions): Promise<T> {
	// Who can open it can hold it.
	closeSync(openSync(path, 'a', 0o600));
	// The lock is a child's, which lets it go when we end, whatever becomes of us, and which no ^C reaches.
	const words = ['-w', String(waitMs / 1000), '-E', String(lateStatus), path, 'sh', '-c', 'echo taken; exec cat >/dev/null'];
	const holder = spawn('flock', words, {detached: true, stdio: ['pipe', 'pipe', 'ignore']});
	holder.stdin.on('error', () => undefined);
	const gone = once(holder, 'close').catch(() => undefined);
	const leave = (): void => void holder.kill();
	signal?.addEventListener('abort', leave, {once: true});
	await Promise.race([once(holder.stdout, 'data').catch(() => undefined), gone]);
	signal?.removeEventListener('abort', leave);
	try {
		signal?.throwIfAborted();
		if (late !== undefined && holder.exitCode === lateStatus) throw late();
		return await work();
	} finally {
		holder.stdin.destroy();
		await gone;
	}
}
