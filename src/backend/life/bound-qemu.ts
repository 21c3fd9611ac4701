import {once} from 'node:events';
import {within} from '../../core/within.ts';
import {writeCallProgram} from '../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import {callsOf} from '../guest/program/usual-calls.ts';
import {readOrEmpty} from '../host/read-or-empty.ts';
import {findQemus, type MachineIdentity} from './machine-process.ts';
import {runOnce} from './run-once.ts';

/** What QEMU may take beside the memory that it has at its start: for threads, and for what the guest has it keep. In bytes. */
const moreBytes = 1536 * 1024 * 1024;
/** RLIMIT_DATA: of memory that is the process's own, and may be written to. */
const ofData = 2;
const mostMs = 2000;

/**
 * Bounds the memory of a machine's QEMU, by a program at a place: a guest whose kernel is not ours any more can have it keep files of 9p, or
 * parts of packets, without end. QEMU ends where it gets no more. Never rejects: then there is no bound.
 */
export async function boundQemu(machine: MachineIdentity, placeOf: () => string, architecture: ProgramArchitecture): Promise<void> {
	try {
		const call = callsOf(architecture);
		const limits = findQemus(machine).map(({pid}) => {
			const [, dataKiB = '0'] = /^VmData:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`)) ?? [];
			const most = Number(dataKiB) * 1024 + moreBytes;
			return call('prlimit64', [pid, ofData, {fields: [most, most]}, 0]);
		});
		const program = writeCallProgram([...limits, call('exit_group', [0])], [], architecture);
		const child = runOnce(placeOf(), program, 'told');
		child.stdin?.destroy();
		if (!(await within(once(child, 'exit'), mostMs))) child.kill('SIGKILL');
	} catch {
		// Nothing can be executed there.
	}
}
