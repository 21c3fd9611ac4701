import {closeSync, constants, fchmodSync, writeFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {makeDirectories} from '../backend/host/files/make-directories.ts';
import {openOwnFile} from '../backend/host/files/open-own-file.ts';
import {ownDirectory} from '../backend/host/files/own-directory.ts';
import {readRegularFile} from '../backend/host/files/read-regular-file.ts';
import {replaceFile} from '../backend/host/files/replace-file.ts';

const usualSize = 500;
const mostBytes = 16 * 1024 ** 2;

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
export function openHistory(path: string, size: number): History {
	let lines = readLines(path)
		.split('\n')
		.filter((line) => line !== '')
		.map(decodeLine)
		.slice(-size || Number.POSITIVE_INFINITY);
	let unwritten = Promise.resolve();
	let inFile = lines.length;

	function write(line: string): void {
		makeDirectories(dirname(path));
		if (inFile < size * 2) {
			append(path, `${encodeLine(line)}\n`);
			inFile++;
			return;
		}
		replaceFile(path, lines.map((each) => `${encodeLine(each)}\n`).join(''));
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

/** A link, a FIFO, or a file that others may write to, is not read; nor is one too large for lines that somebody typed. */
function readLines(path: string): string {
	try {
		return readRegularFile(path, {most: mostBytes, isOurs: true}).toString();
	} catch {
		return '';
	}
}

function append(path: string, text: string): void {
	const file = openOwnFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
	try {
		fchmodSync(file, 0o600);
		writeFileSync(file, text);
	} finally {
		closeSync(file);
	}
}

/** A command of several lines is one line of the file. */
function encodeLine(line: string): string {
	return line.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function decodeLine(line: string): string {
	return line.replaceAll(/\\(.)/g, (_all, character: string) => (character === 'n' ? '\n' : character));
}
