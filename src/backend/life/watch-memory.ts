import {readFileSync} from 'node:fs';
import {cgroupsOf} from './cgroups-of.ts';

/** Whether the kernel has ended a process for want of memory since this was last asked. */
export type HasRunOut = () => boolean;

/** What the kernel counts that in, version 2 and 1. */
const counters = ['memory.events', 'memory.oom_control'];

/** Asks the control groups of a container, by the pid of its controller. */
export function watchMemory(pid: number): HasRunOut {
	let known = 0;
	return () => {
		const counts = cgroupsOf(pid).flatMap(({path}) => counters.map((name) => readCount(`${path}/${name}`)));
		const now = Math.max(0, ...counts);
		const hasMore = now > known;
		known = now;
		return hasMore;
	};
}

/** 0: it has no such file. */
function readCount(path: string): number {
	try {
		return Number(/^oom_kill (\d+)$/m.exec(readFileSync(path, 'latin1'))?.[1] ?? 0);
	} catch {
		return 0;
	}
}

/** Of a command that has ended so: the memory of its sandbox in KiB, where that was used up; where all went well nobody is asked. */
export type UsedUpMemory = (status: number) => number | undefined;

export function tellUsedUp(memoryKiB: number, hasRunOut: HasRunOut): UsedUpMemory {
	return (status) => (status !== 0 && hasRunOut() ? memoryKiB : undefined);
}
