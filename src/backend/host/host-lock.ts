import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, constants} from 'node:fs';
import {ifThere} from './files/if-there.ts';
import {openOwnFile} from './files/open-own-file.ts';

interface HostLockOptions {
	/** After this time it works all the same, or throws what `late` gives. */
	readonly waitMs: number;
	readonly late?: () => Error;
	/** Ends the wait, not the work. */
	readonly signal: AbortSignal | undefined;
}

/** Of a flock that has waited long enough; one that knows no such waiting has another. */
const lateStatus = 75;

function spawnHolder(file: number, waitMs: number) {
	const script = `flock -w "$1" -E ${lateStatus} 3 || exit; echo taken; exec cat >/dev/null`;
	const holder = spawn('/bin/sh', ['-c', script, 'host-lock', String(waitMs / 1000)], {detached: true, stdio: ['pipe', 'pipe', 'ignore', file]});
	const {stdin, stdout} = holder;
	if (stdin === null || stdout === null) throw new TypeError('The holder of a lock has two pipes');
	return {holder, stdin, stdout};
}

/** Works while no other process of ours on this host does, as far as that can be had: where flock is missing it works without. */
export async function withHostLock<T>(path: string, work: () => Promise<T>, {waitMs, late, signal}: HostLockOptions): Promise<T> {
	// Who can open it can hold it.
	const file = openOwnFile(path, constants.O_RDWR | constants.O_CREAT);
	// The lock is a child's, which lets it go when we end, whatever becomes of us, and which no ^C reaches.
	const {holder, stdin, stdout} = spawnHolder(file, waitMs);
	closeSync(file);
	stdin.on('error', () => undefined);
	const gone = once(holder, 'close').catch(() => undefined);
	const leave = (): void => {
		// With the flock that waits, which is its child.
		if (holder.pid !== undefined) ifThere(() => process.kill(-(holder.pid ?? 0), 'SIGTERM'));
	};
	signal?.addEventListener('abort', leave, {once: true});
	await Promise.race([once(stdout, 'data').catch(() => undefined), gone]);
	signal?.removeEventListener('abort', leave);
	try {
		signal?.throwIfAborted();
		if (late !== undefined && holder.exitCode === lateStatus) throw late();
		return await work();
	} finally {
		stdin.destroy();
		await gone;
	}
}
