import {clockMs} from '../../core/clock-ms.ts';
import {cgroupsOf} from '../container/cgroups/cgroups-of.ts';
import {readOrEmpty} from '../host/files/read-or-empty.ts';
import {killedStatus} from '../session/own-order.ts';

/** Whether the kernel has ended a process for want of memory since this was last asked. */
type HasRunOut = () => boolean;

/** How far apart the ends of commands may be that are killed at once, in milliseconds. */
const togetherMs = 1000;

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
	return Number(/^oom_kill (\d+)$/m.exec(readOrEmpty(path))?.[1] ?? 0);
}

/** Of a command that has ended so: the memory of its sandbox in KiB, where that was used up; where all went well nobody is asked. */
export type UsedUpMemory = (status: number) => number | undefined;

/** Several commands may be killed at once, of which the first takes all that the kernel tells. `now`: milliseconds. */
export function tellUsedUp(memoryKiB: number, hasRunOut: HasRunOut, now: () => number = () => clockMs()): UsedUpMemory {
	let last = Number.NEGATIVE_INFINITY;
	return (status) => {
		if (status === 0) return undefined;
		const isNew = hasRunOut();
		if (isNew) last = now();
		return isNew || (status === killedStatus && now() - last < togetherMs) ? memoryKiB : undefined;
	};
}
