import {closeSync, openSync, readdirSync, readSync} from 'node:fs';

/** A process and the words that it was started with, the program's own first. */
export interface RunningProcess {
	readonly pid: number;
	readonly words: readonly string[];
}

/** Whoever wants to makes the words of a process gigabytes that cost nothing, and has thousands of processes: what comes later is not looked at. */
const most = {bytes: 128 * 1024, words: 4096};

/**
 * The processes of this pid namespace that are wanted and have words: a thread of the kernel has none, nor has a process that is ending.
 * Of the others nothing is kept.
 */
export function listProcesses(isWanted: (process: RunningProcess) => boolean = () => true): RunningProcess[] {
	const room = Buffer.allocUnsafe(most.bytes);
	return readdirSync('/proc').flatMap((entry) => {
		if (!/^\d+$/.test(entry)) return [];
		const found = {pid: Number(entry), words: readProcessWords(Number(entry), room)};
		return found.words.length > 0 && isWanted(found) ? found : [];
	});
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
