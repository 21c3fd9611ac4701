import {join} from 'node:path';
import {qemuDriverPlace, shortDomainName} from '../host/libvirtd/qemu-driver.ts';
import {programOf} from '../host/processes.ts';
import {listOrEmpty, readOrEmpty} from '../host/files/read-or-empty.ts';
import {readPidFile} from '../host/files/read-pid-file.ts';
import type {DomainRef} from '../libvirt/index.ts';
import {boundOpenFiles, setLimits, type ProcessLimit} from '../limits/set-limits.ts';
import {findQemus, type MachineIdentity} from './machine-process.ts';
import type {MachinePlan} from './machine-plan.ts';

/** What QEMU may take beside the memory that it has at its start: for threads, and for what the guest has it keep. In bytes. */
const moreBytes = 1536 * 1024 * 1024;
/** RLIMIT_DATA: of memory that is the process's own, and may be written to. */
const ofData = 2;

/**
 * Bounds the memory of a machine's QEMU, by a program at a place: a guest whose kernel is not ours any more can have it keep files of 9p, or
 * parts of packets, without end. QEMU ends where it gets no more. Where QEMU is the user network itself (slirp) its connections are bounded
 * too. Never rejects: then there is no bound.
 */
export function boundQemu(
	machine: MachineIdentity,
	{userNetwork, transport, program}: Pick<MachinePlan, 'userNetwork' | 'transport' | 'program'>,
	placeOf: () => string,
): Promise<void> {
	// By 9p QEMU opens the guest's files, and has asked at its start how many it may.
	const hasConnections = userNetwork === 'slirp' && transport.type !== '9p';
	const find = (): ProcessLimit[] => findQemus(machine).flatMap(({pid}) => [boundData(pid), ...(hasConnections ? [boundOpenFiles(pid)] : [])]);
	return setLimits(find, placeOf, program.architecture);
}

function boundData(pid: number): ProcessLimit {
	const [, dataKiB = '0'] = /^VmData:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`)) ?? [];
	const most = Number(dataKiB) * 1024 + moreBytes;
	return {pid, resource: ofData, soft: most, hard: most};
}

/** Bounds the connections of what libvirt runs as the networks of the domain with this id and name, by a program at a place. Never rejects: then there is no bound. */
export function boundPasst(
	{id, name}: Pick<DomainRef, 'id' | 'name'>,
	{uri, program}: Pick<MachinePlan, 'uri' | 'program'>,
	placeOf: () => string,
): Promise<void> {
	const find = (): ProcessLimit[] => findPassts(join(qemuDriverPlace(uri), 'passt'), `${id}-${shortDomainName(name)}-`).map(boundOpenFiles);
	return setLimits(find, placeOf, program.architecture);
}

/** By what libvirt has noted of them in its directory. */
function findPassts(directory: string, beginning: string): number[] {
	return listOrEmpty(directory).flatMap((entry) => {
		if (!entry.startsWith(beginning) || !entry.endsWith('-passt.pid')) return [];
		const pid = readPidFile(join(directory, entry));
		// One of an earlier domain may have been left, and its pid be another's by now.
		return pid !== undefined && programOf(pid).startsWith('passt') ? pid : [];
	});
}
