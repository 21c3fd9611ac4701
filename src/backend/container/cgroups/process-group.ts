import {mkdirSync, rmdirSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../../core/clock-ms.ts';
import {isCode} from '../../../core/is-code.ts';
import {writeSoon} from '../../host/files/write-soon.ts';
import {readOrEmpty} from '../../host/files/read-or-empty.ts';
import {cgroupsOf, hostCgroups, type CgroupFacts} from './cgroups-of.ts';

/** The control group that counts the processes of a container. libvirt limits none, so we do. */
export interface ProcessGroup {
	/** Processes and threads now; undefined: it has gone. */
	readonly current: number | undefined;
	/** Undefined: it has no limit, or has gone. */
	readonly limit: number | undefined;
	/** Whether a process could not be made since it was at its limit. */
	readonly wasReached: boolean;
	/** Takes away what libvirt would leave; the container has ended. */
	remove(): Promise<void>;
}

/** How long those who have just ended may count as members, and between two tries. */
const emptyMs = 2000;
const stepMs = 5;
/** Whoever may list a directory can keep it from being removed, as long as they like. */
const groupMode = 0o711;

/**
 * Limits the processes of a container, given its first one, which has no children yet; undefined: the host cannot.
 *
 * With control groups of version 1 libvirt makes none for the pids controller: ours lies where its others do, and the first process is
 * moved there. With version 2 the container's own has the limit, once all above it hand the controller down.
 */
export async function makeProcessGroup(pid: number, most: number, facts: CgroupFacts = hostCgroups): Promise<ProcessGroup | undefined> {
	const cgroups = cgroupsOf(pid, facts);
	let made: ProcessGroup | undefined;
	const first = facts.mountTable().find(({fileSystem, options}) => fileSystem === 'cgroup' && options.includes('pids'));
	try {
		if (first !== undefined) {
			const [sample] = cgroups;
			if (sample === undefined) return undefined;
			const path = `${first.mountPoint}${sample.path.slice(sample.mountPoint.length)}`;
			mkdirSync(path, {recursive: true, mode: groupMode});
			made = open(path);
			writeFileSync(`${path}/pids.max`, String(most), {flag: 'r+'});
			// The kernel takes some 10 ms for that.
			await writeSoon(`${path}/cgroup.procs`, String(pid), {flag: 'r+'});
			return made;
		}
		const second = cgroups.find(({controllers}) => controllers.length === 0);
		if (second === undefined) return undefined;
		for (const directory of between(second.mountPoint, dirname(second.path))) {
			if (!readOrEmpty(`${directory}/cgroup.subtree_control`).split(/\s/).includes('pids')) {
				writeFileSync(`${directory}/cgroup.subtree_control`, '+pids', {flag: 'r+'});
			}
		}
		writeFileSync(`${second.path}/pids.max`, String(most), {flag: 'r+'});
		return open(second.path);
	} catch {
		await made?.remove();
		return undefined;
	}
}

/** The group of a container that runs, given its first process. */
export function findProcessGroup(pid: number, facts?: CgroupFacts): ProcessGroup | undefined {
	const cgroups = cgroupsOf(pid, facts);
	const found = cgroups.find(({controllers}) => controllers.includes('pids')) ?? cgroups.find(({controllers}) => controllers.length === 0);
	const group = found === undefined ? undefined : open(found.path);
	return group?.current === undefined ? undefined : group;
}

function open(path: string): ProcessGroup {
	const number = (text: string): number | undefined => (/^\d+\s*$/.test(text) ? Number(text) : undefined);
	return {
		get current() {
			return number(readOrEmpty(`${path}/pids.current`));
		},
		get limit() {
			return number(readOrEmpty(`${path}/pids.max`));
		},
		get wasReached() {
			return /^max [1-9]/m.test(readOrEmpty(`${path}/pids.events`));
		},
		async remove() {
			const until = clockMs() + emptyMs;
			for (;;) {
				try {
					rmdirSync(path);
					return;
				} catch (error) {
					// Gone already, or not ours to remove; `clean` finds what is left.
					if (!isCode(error, 'EBUSY') || clockMs() > until) return;
				}
				await wait(stepMs);
			}
		},
	};
}

/** The directories from one to another below it, both included. */
function between(top: string, directory: string): string[] {
	return directory === top || directory.length <= top.length ? [top] : [...between(top, dirname(directory)), directory];
}
