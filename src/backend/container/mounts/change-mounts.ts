import {once} from 'node:events';
import {closeSync, constants, openSync} from 'node:fs';
import {isCode} from '../../../core/is-code.ts';
import {within} from '../../../core/within.ts';
import {runOnce} from '../../guest/program/run-once.ts';
import type {Controller} from '../controller.ts';
import {unableStatus} from './attribute-program.ts';

/** It takes some milliseconds on a host that is not busy; and one that was killed, where it does not wait in the kernel. */
const mostMs = {work: 10_000, end: 500};

/** `unable`: this host has no means for it; `failed`: it has, and this time it came to nothing. */
type Change = 'done' | 'unable' | 'failed';

/**
 * Runs a program of ours, written to `place` for that, which has as its descriptor 3 the mount namespace of a container whose init still
 * waits. Only root's can do what it is for.
 */
export async function changeMounts(controller: Controller | undefined, program: Buffer, place: string): Promise<Change> {
	const init = controller?.initPid;
	if (init === undefined) return 'unable';
	try {
		const descriptor = openSync(`/proc/${init}/ns/mnt`, constants.O_RDONLY);
		try {
			const child = runOnce(place, program, {descriptor});
			const ended = once(child, 'exit');
			if (await within(ended, mostMs.work)) return changeOf((await ended)[0]);
			// It may go on to wait in the kernel, and mounts nothing once the container has begun.
			child.kill('SIGKILL');
			await within(ended, mostMs.end);
			return 'failed';
		} finally {
			closeSync(descriptor);
		}
	} catch (error) {
		// The init has gone, which is told elsewhere; or nothing can be executed there.
		return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].some((code) => isCode(error, code)) ? 'unable' : 'failed';
	}
}

function changeOf(status: unknown): Change {
	if (status === 0) return 'done';
	return status === unableStatus ? 'unable' : 'failed';
}
