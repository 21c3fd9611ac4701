import {readFileSync, readlinkSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';
import {isCode} from '../../core/is-code.ts';
import {once} from '../../core/once.ts';
import {ifThere} from './files/if-there.ts';
import {readOrEmpty} from './files/read-or-empty.ts';

/** A process, told apart from a later one with the same pid. */
export interface ProcessIdentity {
	readonly pid: number;
	/** `starttime` of /proc/PID/stat, in clock ticks since the boot of the host: the same for who looks from another time namespace. */
	readonly startTime: string;
}

/** Who a pid is now; undefined when it is nobody, or a zombie: one of which no other thread goes on, as in a call that nobody can end. */
export function identifyProcess(pid: number | 'self'): ProcessIdentity | undefined {
	return ifThere(() => identify(pid));
}

/** This process, as the owner of a sandbox. */
export function identifyOwner(): ProcessIdentity {
	const owner = identifyProcess('self');
	if (owner === undefined) throw new ShellError('failed', '/proc does not show this process');
	return owner;
}

/** Who a pid is; throws where that cannot be told for the moment, as with too many open files. */
function identify(pid: number | 'self'): ProcessIdentity | undefined {
	const stat = readUnlessGone(`/proc/${pid}/stat`);
	if (stat === undefined) return undefined;
	// The name, in parentheses, may hold blanks and parentheses itself.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	const [state] = fields;
	const [threads, startTime] = [fields[17], fields[19]];
	if (startTime === undefined || (state === 'Z' && Number(threads) <= 1) || state === 'X') return undefined;
	return {pid: Number.parseInt(stat, 10), startTime: String(Number(startTime) - bootOffset())};
}

function readUnlessGone(path: string): string | undefined {
	try {
		return readFileSync(path, 'latin1');
	} catch (error) {
		if (isCode(error, 'ENOENT') || isCode(error, 'ESRCH')) return undefined;
		throw error;
	}
}

const ticksPerSecond = 100;

/** How many ticks the boot of the host lies behind that of this process's time namespace. */
function bootOffset(): number {
	// A kernel without them tells nothing.
	const [, seconds = '0', nanoseconds = '0'] = /^boottime\s+(-?\d+)\s+(\d+)/m.exec(readOrEmpty('/proc/self/timens_offsets')) ?? [];
	return Math.round((Number(seconds) + Number(nanoseconds) / 1e9) * ticksPerSecond);
}

/** The pid namespace of a process, by default this one: in another one its pids mean other processes. Empty where that cannot be seen. */
export function pidNamespace(pid: number | 'self' = 'self'): string {
	return ifThere(() => readlinkSync(`/proc/${pid}/ns/pid`)) ?? '';
}

/** Whether a process still is the one it was; true also where that cannot be told for the moment. */
export function isAlive(process: ProcessIdentity): boolean {
	try {
		return isSame(process, identify(process.pid));
	} catch {
		return true;
	}
}

function isSame({startTime}: ProcessIdentity, now: ProcessIdentity | undefined): boolean {
	// An offset of parts of a tick may round the other way.
	return now !== undefined && Math.abs(Number(now.startTime) - Number(startTime)) <= 1;
}

/**
 * The host with this process's pid namespace, for a record: on every host the first one has the same name, and a home may be that of several
 * hosts. Where a host has no id, what it left before its last boot is nobody's to judge.
 */
export const recordNamespace = once((): string => {
	const namespace = pidNamespace();
	const host = readOrEmpty('/etc/machine-id').trim() || readOrEmpty('/proc/sys/kernel/random/boot_id').trim();
	return namespace === '' ? '' : `${host} ${namespace}`;
});

/** Whether the processes of a record are of this host and pid namespace. */
export function isOfHere({namespace}: {readonly namespace: string}): boolean {
	return namespace !== '' && namespace === recordNamespace();
}

/** Whether the owner of something is seen to have gone; false where its processes are not ours to see, and where that cannot be told for the moment. */
export function isDead(record: {readonly owner: ProcessIdentity; readonly namespace: string}): boolean {
	return isOfHere(record) && !isAlive(record.owner);
}
