import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import type {OwnerRecord} from '../guest/state/state-directory.ts';
import {isSessionUri} from '../host/libvirtd/local-uri.ts';
import {identifyProcess, isAlive, type ProcessIdentity} from '../host/process-identity.ts';
import {listProcesses, programOf} from '../host/processes.ts';

/** What tells a machine's QEMU from others. */
export interface MachineIdentity extends Pick<OwnerRecord, 'uuid' | 'uri' | 'qemu'> {
	/** Its state directory, which its words name as well. Whoever has the uuid by a record that a sandbox may have planted tells it. */
	readonly statePath?: string;
}

/**
 * What may be the QEMU of a machine. Usually one; more where somebody, who reads the uuid in the list of processes, runs a QEMU with it
 * too: words and program can be had by all, so whoever ends the machine ends them all.
 */
export function findQemus({uuid, uri, qemu, statePath}: MachineIdentity): ProcessIdentity[] {
	// A libvirtd of a session runs QEMU as its own user.
	const users = isSessionUri(uri) ? [process.geteuid?.() ?? 0] : [0, ...(qemu === undefined ? [] : [qemu])];
	const isMeant = (words: readonly string[]): boolean =>
		words[words.indexOf('-uuid') + 1] === uuid && (statePath === undefined || words.some((word) => word.includes(`${statePath}/`)));
	return listProcesses(users, ({pid, words}) => isMeant(words) && isQemu(pid)).flatMap(({pid}) => identifyProcess(pid) ?? []);
}

export function isQemu(pid: number): boolean {
	return programOf(pid).includes('qemu');
}

const stepMs = 10;
/** How long QEMU may take to end when it is asked to. */
const askedMs = 2000;

/** Kills a machine that no libvirtd looks after. Gives false when it may not, or when it lives on after `milliseconds`. */
export function killQemu(machine: MachineIdentity, milliseconds: number): Promise<boolean> {
	return openQemus(machine).kill(milliseconds);
}

/** The QEMU of a machine, looked for once: one that does not end shows no words any more. */
interface Qemus {
	/** As killQemu does. */
	kill(milliseconds: number): Promise<boolean>;
	/** As libvirtd would, without it: QEMU is asked to end, then killed. Gives the same. */
	end(milliseconds: number): Promise<boolean>;
}

export function openQemus(machine: MachineIdentity): Qemus {
	let found: ProcessIdentity[] | undefined;
	const signal = (which: NodeJS.Signals, milliseconds: number): Promise<boolean> => signalQemus((found ??= findQemus(machine)), which, milliseconds);
	const kill = (milliseconds: number): Promise<boolean> => signal('SIGKILL', milliseconds);
	return {kill, end: async (milliseconds) => (await signal('SIGTERM', askedMs)) || kill(milliseconds)};
}

async function signalQemus(qemus: readonly ProcessIdentity[], signal: NodeJS.Signals, milliseconds: number): Promise<boolean> {
	const until = clockMs() + milliseconds;
	const mayKill = qemus.map((qemu) => {
		try {
			return !isAlive(qemu) || process.kill(qemu.pid, signal);
		} catch {
			return false;
		}
	});
	for (const [index, qemu] of qemus.entries()) {
		while (isAlive(qemu)) {
			if (mayKill[index] !== true || clockMs() > until) return false;
			await wait(stepMs);
		}
	}
	return true;
}
