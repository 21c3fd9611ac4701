import {readFileSync, readlinkSync} from 'node:fs';
import {basename} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {isSessionUri} from '../host/local-uri.ts';
import {identifyProcess, isAlive, type ProcessIdentity} from '../host/process-identity.ts';
import {listProcesses, type RunningProcess} from '../host/processes.ts';

/** What tells a machine's QEMU from others. */
export interface MachineIdentity {
	readonly uuid: string;
	readonly uri: string;
}

/**
 * What may be the QEMU of a machine. Usually one; more where somebody, who reads the uuid in the list of processes, runs a QEMU with it
 * too: words and program can be had by all, so whoever ends the machine ends them all.
 */
export function findQemus({uuid, uri}: MachineIdentity): ProcessIdentity[] {
	return listProcesses(({words}) => words[words.indexOf('-uuid') + 1] === uuid).flatMap((each) => {
		const {pid} = each;
		const identity = identifyProcess(pid);
		// A libvirtd of a session runs QEMU as its own user.
		return identity !== undefined && isQemu(each) && (!isSessionUri(uri) || userOf(pid) === process.geteuid?.()) ? identity : [];
	});
}

/** Whether this is a QEMU: by its words, as libvirt starts it, and by the program, as far as we may see that. */
export function isQemu({pid, words: [program = '']}: RunningProcess): boolean {
	if (!program.includes('qemu')) return false;
	try {
		return basename(readlinkSync(`/proc/${pid}/exe`)).includes('qemu');
	} catch {
		// Only who may trace a process sees its program.
		return true;
	}
}

/** Not the owner of its directory in /proc, which is root for a process that does not let itself be traced. */
function userOf(pid: number): number | undefined {
	try {
		return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
	} catch {
		return undefined;
	}
}

const stepMs = 10;

/** Kills a machine that no libvirtd looks after. Gives false when it may not, or when it lives on after `milliseconds`. */
export async function killQemu(machine: MachineIdentity, milliseconds: number): Promise<boolean> {
	const qemus = findQemus(machine);
	const mayKill = qemus.map(({pid}) => {
		try {
			return process.kill(pid, 'SIGKILL');
		} catch {
			return false;
		}
	});
	const until = clockMs() + milliseconds;
	for (const [index, qemu] of qemus.entries()) {
		while (isAlive(qemu)) {
			if (mayKill[index] !== true || clockMs() > until) return false;
			await wait(stepMs);
		}
	}
	return true;
}
