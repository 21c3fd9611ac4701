import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {within} from '../../core/within.ts';
import {writeCallProgram} from '../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import {callsOf} from '../guest/program/usual-calls.ts';
import {openFiles, readLimits} from '../host/process-bounds.ts';
import {runOnce} from '../guest/program/run-once.ts';

/** A limit that another process gets. */
export interface ProcessLimit {
	readonly pid: number;
	/** The kernel's number. */
	readonly resource: number;
	readonly soft: number;
	readonly hard: number;
}

const mostMs = 2000;

/** Sets what limits are found, by a program at a place: Node does not. Never rejects: what we may not bound has no bound. */
export async function setLimits(find: () => readonly ProcessLimit[], placeOf: () => string, architecture: ProgramArchitecture): Promise<void> {
	try {
		const limits = find();
		const [first] = limits;
		if (first === undefined) return;
		const call = callsOf(architecture);
		const calls = limits.map(({pid, resource, soft, hard}) => call('prlimit64', [pid, resource, {fields: [soft, hard]}, 0]));
		// Root in a container of somebody's may lack the right to (CAP_SYS_RESOURCE), which the process's own user has.
		const {user, group} = idsOf(first.pid);
		const become = [call('setresgid', [group, group, group]), call('setresuid', [user, user, user])];
		const program = writeCallProgram([...calls, ...become, ...calls, call('exit_group', [0])], [], architecture);
		const child = runOnce(placeOf(), program, 'told');
		child.stdin?.destroy();
		if (!(await within(once(child, 'exit'), mostMs))) child.kill('SIGKILL');
	} catch {
		// Nothing can be executed there.
	}
}

function idsOf(pid: number): {readonly user: number; readonly group: number} {
	const [, user, group] = /^Uid:\s+(\d+)[^]*^Gid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
	return {user: Number(user), group: Number(group)};
}

/** Of a user network each connection is one socket of the host's at least, and one more open file where it is passt's. */
const mostOpenFiles = 4096;

/** What bounds the connections of a process that is a machine's user network: their buffers are the host's memory, beside the machine's. */
export function boundOpenFiles(pid: number): ProcessLimit {
	const [soft, hard] = readLimits(pid)[openFiles] ?? [];
	return {pid, resource: openFiles, soft: Math.min(soft ?? mostOpenFiles, mostOpenFiles), hard: Math.min(hard ?? mostOpenFiles, mostOpenFiles)};
}
