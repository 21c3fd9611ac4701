import {once} from 'node:events';
import {closeSync, constants, openSync} from 'node:fs';
import {within} from '../../core/within.ts';
import {pingProgram} from '../guest/program/ping-program.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import {runOnce} from '../guest/program/run-once.ts';
import type {Controller} from './controller.ts';

/** It takes some milliseconds. */
const mostMs = 2000;

/** Lets ordinary users ping in a container whose init still waits, by a program at `path`; not where the container is not ours to see. */
export async function allowPing(controller: Controller | undefined, path: string, architecture: ProgramArchitecture): Promise<void> {
	const init = controller?.initPid;
	if (init === undefined) return;
	try {
		const descriptor = openSync(`/proc/${init}/ns/net`, constants.O_RDONLY);
		try {
			await within(once(runOnce(path, pingProgram(architecture), {descriptor}), 'exit'), mostMs);
		} finally {
			closeSync(descriptor);
		}
	} catch {
		// The init has gone, which is told elsewhere; or nothing can be executed there, and ping needs root.
	}
}
