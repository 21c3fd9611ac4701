import {readFileSync, readlinkSync} from 'node:fs';

/** A process, told apart from a later one with the same pid. */
export interface ProcessIdentity {
	readonly pid: number;
	/** `starttime` of /proc/PID/stat, in clock ticks since boot. */
	readonly startTime: string;
}

/** Who a pid is now; undefined when it is nobody, or a zombie. */
export function identifyProcess(pid: number | 'self'): ProcessIdentity | undefined {
	let stat: string;
	try {
		stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
	} catch {
		return undefined;
	}
	// The name, in parentheses, may hold blanks and parentheses itself.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	const [state] = fields;
	const startTime = fields[19];
	if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
	return {pid: Number.parseInt(stat, 10), startTime};
}

/** The pid namespace of a process, by default this one: in another one its pids mean other processes. Empty where that cannot be seen. */
export function pidNamespace(pid: number | 'self' = 'self'): string {
	try {
		return readlinkSync(`/proc/${pid}/ns/pid`);
	} catch {
		return '';
	}
}

/** Whether a process still is the one it was. */
export function isAlive({pid, startTime}: ProcessIdentity): boolean {
	return identifyProcess(pid)?.startTime === startTime;
}
