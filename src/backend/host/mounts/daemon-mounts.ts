import {readFileSync, statSync} from 'node:fs';
import {parseUri, planSockets} from '../../libvirt/index.ts';
import {listOpened} from '../files/opened-files.ts';
import {pidNamespace} from '../process-identity.ts';
import {listPids, rootUser, userOf} from '../processes.ts';
import {realPath} from '../files/real-path.ts';
import {readMountTable, type KnownMount} from './mount-table.ts';

/** Daemons that have libvirt's LXC driver. */
const daemonNames = /(?:^|-)(?:libvirtd|virtlxcd)$/;

/**
 * The mounts of the libvirtd that runs and serves a local URI of root's, which may have a mount namespace of its own: the embedded one
 * has, and one that systemd starts with PrivateTmp or ProtectHome. Where no such daemon is to be seen these are our own.
 */
export function readDaemonMounts(uri: string): readonly KnownMount[] {
	const {paths} = planSockets(parseUri(uri), {readonly: false, environment: {}, uid: 0});
	for (const path of paths) {
		const pid = findListener(path);
		if (pid !== undefined) return readMountTable(`/proc/${pid}`);
	}
	return readMountTable();
}

/** The daemon that holds the socket at this path; undefined: none that we see. */
function findListener(socket: string): number | undefined {
	const file = statSync(socket, {throwIfNoEntry: false});
	if (file === undefined) return undefined;
	return listPids().find((pid) => {
		const own = `/proc/${pid}`;
		try {
			// First: of all processes few have the name.
			if (!daemonNames.test(readFileSync(`${own}/comm`, 'utf8').trimEnd())) return false;
			// Anybody may have all else of a daemon's, and whoever looks into a root of theirs wait for ever.
			if (userOf(pid) !== rootUser || pidNamespace(pid) !== pidNamespace()) return false;
			// A guest may have a process of that name, and a socket that it calls by this path: its file is another.
			const seen = statSync(`${own}/root${realPath(socket)}`);
			return seen.dev === file.dev && seen.ino === file.ino && holdsSocket(pid, socket);
		} catch {
			// It has ended meanwhile, or is none of ours to look into.
			return false;
		}
	});
}

/** Whether one of a process's descriptors is a socket of this path. Its own table is asked: it may be in another network namespace. */
function holdsSocket(pid: number, socket: string): boolean {
	const opened = new Set(listOpened(pid).map(({name}) => name));
	return readFileSync(`/proc/${pid}/net/unix`, 'latin1')
		.split('\n')
		.some((line) => {
			const [, inode, path] = /^\S+ \S+ \S+ \S+ \S+ \S+ +(\d+) (\/.*)$/.exec(line) ?? [];
			return path !== undefined && realPath(path) === realPath(socket) && opened.has(`socket:[${inode ?? ''}]`);
		});
}
