import {once} from 'node:events';
import {closeSync, constants, openSync} from 'node:fs';
import {within} from '../../core/within.ts';
import {detachProgram} from '../guest/program/detach-program.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import {ifThere} from '../host/if-there.ts';
import {runOnce} from './run-once.ts';

/** How long it may take: what was written to an image goes there. */
const mostMs = 10_000;

/**
 * Processes of ours that wait in a container's mount namespace for somebody to let a directory go, `kill -9` or not. They would keep all that
 * is mounted there, images and memory, when the container has ended.
 */
export class LeftBehind {
	readonly #pids: number[] = [];

	add(pid: number | undefined): void {
		if (pid !== undefined) this.#pids.push(pid);
	}

	/** Takes all of that away, once the container has ended. `place`: where a program may lie. */
	async letGo(place: () => string, architecture: ProgramArchitecture): Promise<void> {
		for (const pid of this.#pids.splice(0)) {
			// One that has ended keeps nothing.
			const namespace = ifThere(() => openSync(`/proc/${pid}/ns/mnt`, constants.O_RDONLY));
			if (namespace === undefined) continue;
			try {
				const ended = once(runOnce(place(), detachProgram(architecture), {descriptor: namespace}), 'exit');
				await within(ended, mostMs);
			} catch {
				// No room for a program: it stays as long as the process.
			} finally {
				closeSync(namespace);
			}
		}
	}
}
