import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {terminalsProgram} from '../guest/program/terminals-program.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import {readMountTable} from '../host/mount-table.ts';
import type {Controller} from './controller.ts';
import {runOnce} from './run-once.ts';

const place = '/dev/pts';

/**
 * Lets a container whose init still waits have few pseudo-terminals: the kernel has one count for all (kernel.pty.max), and without it no
 * further container starts. libvirt mounts them without a limit. Where the kernel is older than 5.2, or the container is not ours to see,
 * there is none.
 */
export async function limitTerminals(controller: Controller | undefined, state: StateDirectory, architecture: ProgramArchitecture): Promise<void> {
	const init = controller?.initPid;
	if (init === undefined) return;
	try {
		const mount = readMountTable(readFileSync(`/proc/${init}/mountinfo`, 'latin1')).find(({mountPoint}) => mountPoint === place);
		if (mount?.fileSystem !== 'devpts') return;
		const program = terminalsProgram(`/proc/${init}/root${place}`, mount.options, architecture);
		await once(runOnce(join(state.path, 'terminals'), program), 'exit');
	} catch {
		// The init has gone, which is told elsewhere, or the program cannot be executed.
	}
}
