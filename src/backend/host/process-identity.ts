import {readFileSync, readlinkSync} from 'node:fs';

/** A process, told apart from a later one with the same pid. */
export interface ProcessIdentity {
	readonly pid: number;
	/** `starttime` of /proc/PID/stat, in clock ticks since the boot of the host: the same for who looks from another time namespace. */
	readonly startTime: string;
}

/** Who a pid is now; undefined when it is nobody, or a zombie: one of which no other thread goes on, as in a call that nobody can end. */
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
	const [threads, startTime] = [fields[17], fields[19]];
	if (startTime === undefined || (state === 'Z' && Number(threads) <= 1) || state === 'X') return undefined;
	return {pid: Number.parseInt(stat, 10), startTime: String(Number(startTime) - bootOffset())};
}

const ticksPerSecond = 100;

/** How many ticks the boot of the host lies behind that of this process's time namespace. */
function bootOffset(): number {
	try {
		const [, seconds = '0', nanoseconds = '0'] = /^boottime\s+(-?\d+)\s+(\d+)/m.exec(readFileSync('/proc/self/timens_offsets', 'latin1')) ?? [];
		return Math.round((Number(seconds) + Number(nanoseconds) / 1e9) * ticksPerSecond);
	} catch {
		// A kernel without them.
		return 0;
	}
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
	const now = identifyProcess(pid)?.startTime;
	// An offset of parts of a tick may round the other way.
	return now !== undefined && Math.abs(Number(now) - Number(startTime)) <= 1;
}

/** Whether the owner of something is seen to have gone; false where its processes are not ours to see. */
export function isDead({owner, namespace}: {readonly owner: ProcessIdentity; readonly namespace: string}): boolean {
	return namespace !== '' && namespace === pidNamespace() && !isAlive(owner);
}
