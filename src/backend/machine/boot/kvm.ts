import {createHash} from 'node:crypto';
import {accessSync, constants, existsSync} from 'node:fs';
import {hostname, release} from 'node:os';
import {join} from 'node:path';
import {readOrEmpty} from '../../host/files/read-or-empty.ts';
import {readRegularFile} from '../../host/files/read-regular-file.ts';
import {replaceFile} from '../../host/files/replace-file.ts';

const mostBytes = 64 * 1024;

/** What was learnt of KVM on a host, by a machine that did or did not boot with it. */
interface KvmVerdict {
	readonly works: boolean;
	/** Why it does not, for people. */
	readonly reason: string;
}

/** What can be told of KVM without starting a machine: undefined where only a boot can tell. */
export function findKvmFault(device = '/dev/kvm', isSession = false): string | undefined {
	if (!existsSync(device)) return `there is no ${device}`;
	// In system mode QEMU runs as another user; libvirt sees to that.
	if (!isSession) return undefined;
	try {
		accessSync(device, constants.R_OK | constants.W_OK);
		return undefined;
	} catch {
		return `you have no rights to ${device}`;
	}
}

/** The file that keeps the verdict for this host, its running kernel and the guest's kernel. */
export function kvmVerdictFile(cacheDirectory: string, guestKernel: string): string {
	const key = [hostname(), readOrEmpty('/etc/machine-id'), release(), cpuModel(), guestKernel].join('\n');
	return join(cacheDirectory, `kvm-${createHash('sha256').update(key).digest('hex').slice(0, 16)}.json`);
}

/** Undefined: nothing is known yet. */
export function readKvmVerdict(file: string): KvmVerdict | undefined {
	try {
		const {works, reason} = JSON.parse(readRegularFile(file, {most: mostBytes, isOurs: true}).toString()) as Partial<KvmVerdict>;
		return typeof works === 'boolean' && typeof reason === 'string' ? {works, reason} : undefined;
	} catch {
		return undefined;
	}
}

/** Keeps a verdict; one that cannot be kept costs a later start its time, no more. */
export function writeKvmVerdict(file: string, verdict: KvmVerdict): void {
	try {
		replaceFile(file, `${JSON.stringify(verdict)}\n`);
	} catch {
		// Told by the comment above.
	}
}

function cpuModel(): string {
	return /^model name\s*:.*$/m.exec(readOrEmpty('/proc/cpuinfo'))?.[0] ?? '';
}
