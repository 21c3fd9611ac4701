import {appendFile, chmod, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {makeDirectories} from '../backend/host/files/make-directories.ts';
import {ownDirectory} from '../backend/host/files/own-directory.ts';

const usualSize = 500;

/** The lines typed in interactive sessions, oldest first, kept in a file of mode 0600. */
export interface History {
	lines(): readonly string[];
	/** Keeps a line, at once also in the file; not one that starts with a blank, is empty, or is the last one again. */
	add(line: string): Promise<void>;
	clear(): Promise<void>;
}

/** Where the history is: `$XDG_STATE_HOME/virt-sandbox/history`. */
export function historyPath(environment: Readonly<Record<string, string | undefined>>): string {
	return `${ownDirectory('state', environment)}/history`;
}

/** VIRT_SANDBOX_HISTSIZE, or 500. */
export function historySize(environment: Readonly<Record<string, string | undefined>>): number {
	const text = environment['VIRT_SANDBOX_HISTSIZE'] ?? '';
	return /^[0-9]{1,6}$/.test(text) ? Number(text) : usualSize;
}

/** Opens a history. A file that cannot be read or written leaves it in memory only. */
export async function openHistory(path: string, size: number): Promise<History> {
	let lines = (await readFile(path, 'utf8').catch(() => ''))
		.split('\n')
		.filter((line) => line !== '')
		.map(decodeLine)
		.slice(-size || Number.POSITIVE_INFINITY);
	let unwritten = Promise.resolve();
	let inFile = lines.length;

	async function write(line: string): Promise<void> {
		makeDirectories(dirname(path));
		if (inFile < size * 2) {
			await appendFile(path, `${encodeLine(line)}\n`, {mode: 0o600});
			await chmod(path, 0o600);
			inFile++;
			return;
		}
		const temporary = `${path}.${process.pid}.new`;
		await writeFile(temporary, lines.map((each) => `${encodeLine(each)}\n`).join(''), {mode: 0o600});
		await rename(temporary, path);
		inFile = lines.length;
	}

	return {
		lines: () => lines,
		add(line) {
			if (size === 0 || line.trim() === '' || line.startsWith(' ') || line === lines.at(-1)) {
				return unwritten;
			}
			lines = [...lines, line].slice(-size);
			unwritten = unwritten.then(() => write(line)).catch(() => undefined);
			return unwritten;
		},
		async clear() {
			lines = [];
			inFile = 0;
			await unwritten;
			await rm(path, {force: true});
		},
	};
}

/** A command of several lines is one line of the file. */
function encodeLine(line: string): string {
	return line.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function decodeLine(line: string): string {
	return line.replaceAll(/\\(.)/g, (_all, character: string) => (character === 'n' ? '\n' : character));
}
