import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {identifyProcess, type ProcessIdentity} from '../host/process-identity.ts';
import {listProcesses} from '../host/processes.ts';

/** A process that serves a directory of the host to a machine. */
export interface Virtiofsd {
	readonly process: ProcessIdentity;
	/** The paths of the sockets that libvirt made for it: of the one that waits for QEMU, and of the connection to it. */
	readonly sockets: ReadonlyArray<{readonly path: string; readonly isConnected: boolean}>;
}

/** In /proc/net/unix (kernel, `net/unix/af_unix.c`). */
const connected = '03';

/** All that run. Only root sees whose they are. */
export function listVirtiofsds(): Virtiofsd[] {
	return listProcesses().flatMap(({pid, words}) => {
		const process = words[0]?.endsWith('virtiofsd') === true ? identifyProcess(pid) : undefined;
		return process === undefined ? [] : {process, sockets: listSockets(process.pid)};
	});
}

function listSockets(pid: number): Virtiofsd['sockets'] {
	const inodes = new Set(openFiles(pid).flatMap((file) => /^socket:\[(\d+)\]$/.exec(file)?.[1] ?? []));
	return readLines(`/proc/${pid}/net/unix`).flatMap((line) => {
		// A path may hold blanks.
		const [, state = '', inode = '', path] = /^(?:\S+ +){5}(\S+) +(\d+) (.+)$/.exec(line) ?? [];
		return path !== undefined && inodes.has(inode) ? {path, isConnected: state === connected} : [];
	});
}

function openFiles(pid: number): string[] {
	try {
		return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
	} catch {
		// Gone meanwhile, or another's.
		return [];
	}
}

function readLines(path: string): string[] {
	try {
		return readFileSync(path, 'utf8').split('\n');
	} catch {
		return [];
	}
}
