import {readdirSync, readFileSync} from 'node:fs';

/** A process and the words that it was started with, the program's own first. */
export interface RunningProcess {
	readonly pid: number;
	readonly words: readonly string[];
}

/** The processes of this pid namespace that have words: a thread of the kernel has none, nor has a process that is ending. */
export function listProcesses(): RunningProcess[] {
	return readdirSync('/proc').flatMap((entry) => {
		if (!/^\d+$/.test(entry)) return [];
		const words = readProcessWords(Number(entry));
		return words.length === 0 ? [] : {pid: Number(entry), words};
	});
}

/** The words of one process; none once it ends. */
export function readProcessWords(pid: number): readonly string[] {
	try {
		const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
		// Each word ends with a zero byte.
		return text === '' ? [] : text.replace(/\0$/, '').split('\0');
	} catch {
		return [];
	}
}
