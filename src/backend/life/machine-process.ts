import {setTimeout as wait} from 'node:timers/promises';
import {identifyProcess, isAlive, type ProcessIdentity} from '../host/process-identity.ts';
import {listProcesses} from '../host/processes.ts';

/** The QEMU of a domain with this uuid; undefined where there is none to be seen. */
export function findQemu(uuid: string): ProcessIdentity | undefined {
	const qemu = listProcesses().find(({words}) => isQemu(words) && words[words.indexOf('-uuid') + 1] === uuid);
	return qemu === undefined ? undefined : identifyProcess(qemu.pid);
}

/** Whether these are the words of a QEMU, as libvirt starts it. */
export function isQemu([program = '']: readonly string[]): boolean {
	return program.includes('qemu');
}

const stepMs = 10;

/** Kills a machine that no libvirtd looks after. Gives false when it may not, or when it lives on after `milliseconds`. */
export async function killQemu(uuid: string, milliseconds: number): Promise<boolean> {
	const qemu = findQemu(uuid);
	if (qemu === undefined) return true;
	try {
		process.kill(qemu.pid, 'SIGKILL');
	} catch {
		return !isAlive(qemu);
	}
	const until = performance.now() + milliseconds;
	while (isAlive(qemu)) {
		if (performance.now() > until) return false;
		await wait(stepMs);
	}
	return true;
}
