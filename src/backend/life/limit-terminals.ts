import {closeSync, constants, openSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {terminalsProgram} from '../guest/program/terminals-program.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import {readMountTable} from '../host/mount-table.ts';
import {pathOnly} from '../host/root-directory.ts';
import type {Controller} from './controller.ts';
import {runOnce} from './run-once.ts';

const place = '/dev/pts';

/**
 * Lets a container whose init still waits have few pseudo-terminals: the kernel has one count for all (kernel.pty.max), and without it no
 * further container starts. libvirt mounts them without a limit. Where the kernel is older than 5.2, or the container is not ours to see,
 * there is none. What it gives sets the limit; the container may run meanwhile.
 */
export function limitTerminals(controller: Controller | undefined, state: StateDirectory, architecture: ProgramArchitecture): () => void {
	const init = controller?.initPid;
	if (init === undefined) return () => undefined;
	try {
		const mount = readMountTable(readFileSync(`/proc/${init}/mountinfo`, 'latin1')).find(({mountPoint}) => mountPoint === place);
		if (mount?.fileSystem !== 'devpts') return () => undefined;
		const program = terminalsProgram(mount.options, architecture);
		const descriptor = openSync(`/proc/${init}/root${place}`, pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW);
		return () => {
			try {
				runOnce(join(state.path, 'terminals'), program, {descriptor}).once('error', () => undefined);
			} catch {
				// Where it cannot be written or executed there is no limit.
			} finally {
				closeSync(descriptor);
			}
		};
	} catch {
		// The init has gone, which is told elsewhere.
		return () => undefined;
	}
}
