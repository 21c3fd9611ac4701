import {readdirSync, readFileSync} from 'node:fs';
import {identifyProcess, isAlive, type ProcessIdentity} from '../host/process-identity.ts';

/** The QEMU of a domain with this uuid; undefined where there is none to be seen. */
export function findQemu(uuid: string): ProcessIdentity | undefined {
	for (const entry of readdirSync('/proc')) {
		if (!/^\d+$/.test(entry)) continue;
		try {
			const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
			if (/qemu/.test(words[0] ?? '') && words[words.indexOf('-uuid') + 1] === uuid) return identifyProcess(Number(entry));
		} catch {
			// It has ended meanwhile.
		}
	}
	return undefined;
}

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
		await new Promise((resolve) => {
			setTimeout(resolve, 10);
		});
	}
	return true;
}
