import {readlinkSync} from 'node:fs';
import {basename} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import type {OwnerRecord} from '../guest/state-directory.ts';
import {isSessionUri} from '../host/local-uri.ts';
import {identifyProcess, isAlive, type ProcessIdentity} from '../host/process-identity.ts';
import {listProcesses} from '../host/processes.ts';
import {readOrEmpty} from '../host/read-or-empty.ts';

/** What tells a machine's QEMU from others. */
export type MachineIdentity = Pick<OwnerRecord, 'uuid' | 'uri' | 'qemu'>;

/**
 * What may be the QEMU of a machine. Usually one; more where somebody, who reads the uuid in the list of processes, runs a QEMU with it
 * too: words and program can be had by all, so whoever ends the machine ends them all.
 */
export function findQemus({uuid, uri, qemu}: MachineIdentity): ProcessIdentity[] {
	// A libvirtd of a session runs QEMU as its own user.
	const users = isSessionUri(uri) ? [process.geteuid?.() ?? 0] : [0, ...(qemu === undefined ? [] : [qemu])];
	return listProcesses(users, ({pid, words}) => words[words.indexOf('-uuid') + 1] === uuid && isQemu(pid)).flatMap(({pid}) => identifyProcess(pid) ?? []);
}

/** Whether this is a QEMU: by its program, as far as we may see that, else by its name. */
export function isQemu(pid: number): boolean {
	try {
		return basename(readlinkSync(`/proc/${pid}/exe`)).includes('qemu');
	} catch {
		// Only who may trace a process sees its program.
		return readOrEmpty(`/proc/${pid}/comm`).includes('qemu');
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
