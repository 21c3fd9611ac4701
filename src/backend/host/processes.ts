import {closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync} from 'node:fs';
import {basename} from 'node:path';
import {ifThere} from './files/if-there.ts';
import {pidNamespace} from './process-identity.ts';
import {readOrEmpty} from './files/read-or-empty.ts';

/** A process and the words that it was started with, the program's own first. */
export interface RunningProcess {
	readonly pid: number;
	readonly words: readonly string[];
}

/** Libvirt's controllers of containers, and what serves their images, are root's. */
export const rootUser = 0;

/** Whoever wants to makes the words of a process gigabytes that cost nothing, and has thousands of processes: what comes later is not looked at. */
const most = {bytes: 128 * 1024, words: 4096};

/**
 * The processes of some users, begun in this pid namespace, that are wanted and have words: a thread of the kernel has none, nor has a
 * process that is ending. Of the others nothing is kept, and no words are read of anybody else's: a process can have who reads its words
 * wait for ever, by a file system that does not answer.
 */
export function listProcesses(users: Iterable<number>, isWanted: (process: RunningProcess) => boolean): RunningProcess[] {
	const room = Buffer.allocUnsafe(most.bytes);
	const wanted = new Set(users);
	const namespace = pidNamespace();
	return listPids().flatMap((pid) => {
		const user = userOf(pid);
		if (user === undefined || !wanted.has(user)) return [];
		// Empty: of a process that is not ours to trace.
		const own = pidNamespace(pid);
		if (own !== namespace && own !== '') return [];
		const found = {pid, words: readProcessWords(pid, room)};
		return found.words.length > 0 && isWanted(found) ? found : [];
	});
}

/** All processes of this pid namespace and of those in it. */
export function listPids(): number[] {
	return readdirSync('/proc')
		.filter((entry) => /^\d+$/.test(entry))
		.map(Number);
}

/** Its real user; undefined: it has ended. Not the owner of its directory in /proc, which is root for a process that does not let itself be traced. */
export function userOf(pid: number): number | undefined {
	return ifThere(() => Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]));
}

/**
 * The name of its program, as far as we may see that, else what it goes by, which its user may choose. Words say nothing of that: anybody
 * runs a program that changes its user, as sudo, with any.
 */
export function programOf(pid: number): string {
	// Only who may trace a process sees its program.
	const path = ifThere(() => readlinkSync(`/proc/${pid}/exe`));
	return path === undefined ? readOrEmpty(`/proc/${pid}/comm`).trim() : basename(path).replace(/ \(deleted\)$/, '');
}

/** The first words of one process, which may be all; none once it ends. `room`: as much as is read. */
export function readProcessWords(pid: number, room?: Buffer): readonly string[] {
	return readWords(`/proc/${pid}/cmdline`, room);
}

/** The first variables that a process began with, each as `NAME=value`; none where they are not ours to see. */
export function readInitialVariables(pid: number): readonly string[] {
	return readWords(`/proc/${pid}/environ`);
}

function readWords(path: string, room: Buffer = Buffer.allocUnsafe(most.bytes)): readonly string[] {
	try {
		const text = room.toString('utf8', 0, readStart(path, room));
		// Each word ends with a zero byte.
		return text === '' ? [] : text.replace(/\0$/, '').split('\0', most.words);
	} catch {
		return [];
	}
}

/** Gives how much was read. */
function readStart(path: string, room: Buffer): number {
	const descriptor = openSync(path, 'r');
	try {
		let length = 0;
		// The kernel may give less than there is.
		for (let read = -1; read !== 0 && length < room.length; length += read) read = readSync(descriptor, room, length, room.length - length, null);
		return length;
	} finally {
		closeSync(descriptor);
	}
}
