import {closeSync, constants, fstatSync, readSync} from 'node:fs';
import {join} from 'node:path';
import {openOwnFile} from '../../host/files/open-own-file.ts';
import {listOrEmpty} from '../../host/files/read-or-empty.ts';

/** Where a sandbox's captured output is, below its state directory: one file for each console. */
export function logDirectory(statePath: string): string {
	return join(statePath, 'log');
}

/** The logs of one sandbox for who reads them again and again: one that goes with its sandbox can still be read, and its last lines are not lost. */
export interface OpenLogs {
	names(): readonly string[];
	/** All of a log as it is now, or was when it went; undefined: it went unseen. */
	read(name: string): Buffer | undefined;
	/** The same; undefined also where nothing has been written to it since it was read last, as far as its time tells. */
	readChanged(name: string): Buffer | undefined;
	close(): void;
}

interface HeldLog {
	readonly fd: number;
	/** What it was when it was read last. */
	readonly stamp?: string;
}

export function openLogs(statePath: string): OpenLogs {
	const held = new Map<string, HeldLog>();
	/** Anew each time: when a log is full, another file takes its place. */
	const hold = (name: string): HeldLog | undefined => {
		const before = held.get(name);
		try {
			held.set(name, {...before, fd: openOwnFile(join(logDirectory(statePath), name), constants.O_RDONLY)});
			if (before !== undefined) closeSync(before.fd);
		} catch {
			// It has gone, or is none of ours.
		}
		return held.get(name);
	};
	const read = (name: string, needsChange: boolean): Buffer | undefined => {
		const log = hold(name);
		if (log === undefined) return undefined;
		const {fd} = log;
		const {ino, size, mtimeNs} = fstatSync(fd, {bigint: true});
		const stamp = `${ino} ${size} ${mtimeNs}`;
		if (needsChange && stamp === log.stamp) return undefined;
		held.set(name, {fd, stamp});
		return readWhole(fd);
	};
	return {
		names: () => [...new Set([...logNames(statePath), ...held.keys()])],
		read: (name) => read(name, false),
		readChanged: (name) => read(name, true),
		close() {
			for (const {fd} of held.values()) closeSync(fd);
		},
	};
}

/** The consoles of which anything was captured. */
export function logNames(statePath: string): string[] {
	return listOrEmpty(logDirectory(statePath)).filter((name) => /^[a-z]+$/.test(name));
}

function readWhole(fd: number): Buffer {
	const data = Buffer.allocUnsafe(fstatSync(fd).size);
	let length = 0;
	for (let read = -1; read !== 0 && length < data.length; length += read) read = readSync(fd, data, length, data.length - length, length);
	return data.subarray(0, length);
}
