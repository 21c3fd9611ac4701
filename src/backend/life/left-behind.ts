import {once} from 'node:events';
import {closeSync} from 'node:fs';
import {within} from '../../core/within.ts';
import {detachProgram} from '../guest/program/detach-program.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import type {Controller} from './controller.ts';
import {runOnce} from './run-once.ts';

/** How long it may take: what was written to an image goes there. */
const mostMs = 10_000;

/**
 * Processes of ours that may wait in a container's mount namespace for somebody to let a directory go, `kill -9` or not. They would keep all
 * that is mounted there, images and memory, when the container has ended. So its namespace is held from then on, by a descriptor: where they
 * wait, and who has their numbers by then, is nothing to go by.
 */
export class LeftBehind {
	#namespace: number | undefined;

	/** One has been left behind in a container whose init still waits. */
	note(controller: Controller | undefined): void {
		this.#namespace ??= controller?.openMountNamespace();
	}

	/** Takes away what is mounted there, once the container has ended. `place`: where a program may lie. */
	async letGo(place: () => string, architecture: ProgramArchitecture): Promise<void> {
		const namespace = this.#namespace;
		if (namespace === undefined) return;
		this.#namespace = undefined;
		try {
			await within(once(runOnce(place(), detachProgram(architecture), {descriptor: namespace}), 'exit'), mostMs);
		} catch {
			// No room for a program: it stays as long as the process.
		} finally {
			closeSync(namespace);
		}
	}
}
