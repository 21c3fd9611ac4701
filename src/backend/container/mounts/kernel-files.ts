import {existsSync, readdirSync} from 'node:fs';
import {release} from 'node:os';
import {ShellError} from '../../../core/errors.ts';
import {isWithin} from '../../../spec/paths.ts';
import type {SandboxSpec} from '../../../spec/types.ts';
import {kernelSettings} from '../../guest/root/root-plan.ts';
import type {Caller} from '../../host/caller.ts';
import {lstatIfThere} from '../../host/files/firm-way.ts';

/**
 * What the kernel has in /proc beside its processes, and what of it makes it read-only in a container: owner and mode of it are one for all
 * mounts of /proc, the host's too, and root's to change.
 */
export interface KernelFiles {
	/** By a document that says so. */
	readonly ofLibvirt: readonly string[];
	/** By a program of ours, while the init waits: without it no container goes on. */
	readonly ofProgram: readonly string[];
}

/** Who makes them read-only. One program does that quicker than libvirt, with a mount of its document for each; but it has to get into the container. */
export type Fixing = 'program' | 'libvirt';

/** The program could not do its work: libvirt may. */
export class ProgramUnable extends ShellError {
	constructor() {
		super('refused', 'The kernel’s files in /proc did not become read-only in the sandbox', {hint: 'Try again; this host may be too busy'});
	}
}

const proc = '/proc';
/** Libvirt mounts these itself. */
const always = ['sys', 'meminfo'];

/** As far as the kernel tells: older ones cannot change a mount before it is in place. */
export function usualFixing(kernel: string = release()): Fixing {
	const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
	return major > 5 || (major === 5 && minor >= 12) ? 'program' : 'libvirt';
}

/** Nobody but root can have a program in a container; whoever is root with ids of its own is nobody there, but for settings. */
export function planKernelFiles({idmap}: Pick<SandboxSpec, 'idmap'>, {uid}: Pick<Caller, 'uid'>, fixing: Fixing): KernelFiles {
	const entries = findEntries();
	const settings = kernelSettings.filter((path) => existsSync(path));
	if (idmap !== undefined) return {ofLibvirt: settings, ofProgram: []};
	// What the kernel has there is another directory for each network: no program in the host's gets at the container's.
	const ofNetwork = settings.filter((path) => isWithin(path, `${proc}/sys`));
	return uid === 0 && fixing === 'program' ? {ofLibvirt: ofNetwork, ofProgram: entries} : {ofLibvirt: [...ofNetwork, ...entries], ofProgram: []};
}

function findEntries(): string[] {
	// Without their types: of a process that ends meanwhile the kernel gives none, and who looks finds it gone.
	const entries = readdirSync(proc).filter((name) => isOfKernel(name) && !always.includes(name));
	if (entries.length === 0) {
		throw new ShellError('unavailable', 'This process sees nothing of the kernel in /proc, which is to be read-only in the sandbox', {
			hint: 'Start it where /proc is whole: of a service of systemd, without ProcSubset=pid',
		});
	}
	return entries.map((name) => `${proc}/${name}`);
}

/** Links lead to processes. */
function isOfKernel(name: string): boolean {
	return !/^\d+$/.test(name) && lstatIfThere(`${proc}/${name}`)?.isSymbolicLink() === false;
}
