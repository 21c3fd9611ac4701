import {writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {once} from '../../core/once.ts';
import {uuidVariable} from '../guest/program/begin-program.ts';
import {cgroupMounts} from '../host/mounts/cgroup-mounts.ts';
import {readMountTable, type HostMount} from '../host/mounts/mount-table.ts';
import {identifyProcess, isAlive, pidNamespace, type ProcessIdentity} from '../host/process-identity.ts';
import {programOf, readInitialVariables, readProcessWords, type RunningProcess} from '../host/processes.ts';
import {readOrEmpty} from '../host/files/read-or-empty.ts';
import {writeSoon} from '../host/files/write-soon.ts';
import {cgroupsOf, groupName, readCgroups, type Cgroup} from './cgroups/cgroups-of.ts';
import {findFreezer, type Freezer} from './cgroups/freezer.ts';
import {findProcessGroup, makeProcessGroup, type ProcessGroup} from './cgroups/process-group.ts';
import {takeBackCgroups} from './cgroups/take-back-cgroups.ts';

/** The process of libvirt that stands between libvirtd and one container (`libvirt_lxc`); its pid is the domain's id. */
export interface Controller {
	readonly pid: number;
	/** Of the domain. */
	readonly name: string;
	/**
	 * Takes the controller out of the container's cgroup; never rejects.
	 *
	 * Why: when libvirtd hears that a container has ended, it kills what its cgroup still holds, and looks again 200 ms later,
	 * with the domain locked. The controller itself is nearly always still there, half way through its exit, so every
	 * end would take 200 ms. Without it the cgroup is empty by then.
	 */
	leaveCgroup(): Promise<void>;
	/** Where the container is out of memory the kernel ends the largest process in it, which a small command is not: spares this one. */
	shield(): void;
	/** Limits the container's swap, where that is counted apart from its memory; false: its cgroup has no such limit. */
	limitSwap(kib: number): boolean;
	/** Counts what waits in sockets, up to the container's memory and a quarter of what is for the whole host, where the kernel counts it apart (version 1). */
	limitSockets(kib: number): void;
	/** Gives its control groups of version 2 back to the host's root; false: none is to be seen. */
	takeBackCgroups(): boolean;
	/** Lets the container have so many processes and threads from now on; undefined: nothing can limit them here. */
	limitProcesses(most: number): Promise<ProcessGroup | undefined>;
	/** What counts the container's processes; undefined: nothing does. */
	findProcessGroup(): ProcessGroup | undefined;
	/** What suspends the container where libvirt cannot; undefined: libvirt can, or nothing does. */
	findFreezer(): Freezer | undefined;
	/** Of the container's init; undefined: it does not run yet. */
	readonly initPid: number | undefined;
	/** Kills the container's init, and with it all in the container, also where that is suspended. */
	killInit(): void;
	/** The uuid of its container; undefined: the container's init does not run yet. */
	readonly uuid: string | undefined;
	/** Whether the controller still runs. */
	isAlive(): boolean;
	/** Whether the container's init still runs: one that was killed waits for all processes of the container, and some may never end. */
	isInitAlive(): boolean;
}

/** Finds the controller of a domain; undefined where it is not ours to see: another host, another pid namespace, no rights. `mounts`: this process's own. */
export function findController(domainId: number, name: string, mounts: () => readonly HostMount[] = readMountTable): Controller | undefined {
	if (process.getuid?.() !== 0 || domainId <= 1) return undefined;
	const identity = identifyProcess(domainId);
	// A guest may name its own processes as it likes, but has them in a namespace of its own.
	if (identity === undefined || pidNamespace(domainId) !== pidNamespace() || !isControllerOf({pid: domainId, words: readProcessWords(domainId)}, name))
		return undefined;
	const init = childrenOf(domainId);
	const initPid = init[0]?.pid;
	// The mounts of control groups stay as they are while a host runs.
	const facts = {mountTable: once(() => cgroupMounts(mounts())), read: readCgroups};
	return {
		pid: domainId,
		name,
		async leaveCgroup() {
			// Out of all: a cgroup that still holds it could not be removed.
			await Promise.all(cgroupsOf(domainId, facts).map((cgroup) => leave(domainId, cgroup)));
		},
		shield() {
			// It is to stay in the control group, by which it tells the container of its memory.
			writeIfThere(`/proc/${domainId}/oom_score_adj`, '-1000');
		},
		limitSwap(kib) {
			return cgroupsOf(domainId, facts).some(({path}) => writeIfThere(`${path}/memory.swap.max`, String(kib * 1024)));
		},
		limitSockets(kib) {
			const counting = cgroupsOf(domainId, facts).find(({controllers}) => controllers.includes('memory'));
			const most = Math.min(kib * 1024, mostOfTcp());
			if (counting !== undefined) writeIfThere(`${counting.path}/memory.kmem.tcp.limit_in_bytes`, String(most));
		},
		takeBackCgroups() {
			return takeBackCgroups([domainId, ...init.map(({pid}) => pid)].flatMap((pid) => cgroupsOf(pid, facts)));
		},
		limitProcesses: async (most) => (initPid === undefined ? undefined : makeProcessGroup(initPid, most, facts)),
		findProcessGroup: () => (initPid === undefined ? undefined : findProcessGroup(initPid, facts)),
		findFreezer: () => (initPid === undefined ? undefined : findFreezer(initPid)),
		initPid,
		killInit() {
			for (const child of init) {
				try {
					if (!isAlive(child)) continue;
					const cgroups = cgroupsOf(child.pid, facts);
					process.kill(child.pid, 'SIGKILL');
					// It dies only when it goes on; killed by libvirtd while it stands still, it would leave its cgroup behind.
					for (const {path} of cgroups) thaw(path);
				} catch {
					// It went between the two.
				}
			}
		},
		get uuid() {
			const prefix = `${uuidVariable}=`;
			const variables = init.flatMap(({pid}) => readInitialVariables(pid));
			return variables.find((each) => each.startsWith(prefix))?.slice(prefix.length);
		},
		isAlive: () => isAlive(identity),
		isInitAlive: () => init.some(isAlive),
	};
}

/** Whether this is the controller of a domain. A container's first process looks the same, until it runs its init. */
export function isControllerOf({pid, words}: RunningProcess, name: string): boolean {
	return words[words.indexOf('--name') + 1] === name && programOf(pid) === 'libvirt_lxc';
}

/** The smallest that a processor has. */
const pageBytes = 4096;

/** In bytes, of what all TCP connections of the host may have: more of it in one container would be missed by the host's own. */
function mostOfTcp(): number {
	// Other network namespaces than the host's do not tell.
	const pages = Number(readOrEmpty('/proc/sys/net/ipv4/tcp_mem').split(/\s+/)[2] ?? 0);
	return pages > 0 ? Math.floor(pages / 4) * pageBytes : Number.POSITIVE_INFINITY;
}

function childrenOf(pid: number): ProcessIdentity[] {
	return readOrEmpty(`/proc/${pid}/task/${pid}/children`)
		.split(' ')
		.filter((word) => /^\d+$/.test(word))
		.flatMap((word) => identifyProcess(Number(word)) ?? []);
}

/** Moves a process to the nearest cgroup above libvirt's that takes it; in v2 only the root does, beside children with controllers. */
async function leave(pid: number, {mountPoint, path}: Cgroup): Promise<void> {
	let parent = path;
	while (groupName.test(parent.slice(mountPoint.length))) parent = dirname(parent);
	for (; parent.length >= mountPoint.length; parent = dirname(parent)) {
		try {
			await writeSoon(`${parent}/cgroup.procs`, String(pid), {flag: 'r+'});
			return;
		} catch {
			// The next one up.
		}
	}
}

/** Lets the processes of a cgroup go on, v1 and v2; where it has neither file, nothing. */
function thaw(cgroup: string): void {
	writeIfThere(`${cgroup}/freezer.state`, 'THAWED');
	writeIfThere(`${cgroup}/cgroup.freeze`, '0');
}

/** False: the cgroup is of another version, or has gone. */
function writeIfThere(path: string, text: string): boolean {
	try {
		writeFileSync(path, text, {flag: 'r+'});
		return true;
	} catch {
		return false;
	}
}
