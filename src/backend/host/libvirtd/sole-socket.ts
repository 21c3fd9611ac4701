import {dirname, normalize} from 'node:path';
import {parseUri} from '../../libvirt/index.ts';
import {isFirmWayAsFar, isSoleWay} from '../files/firm-way.ts';
import {readMountTable} from '../mounts/mount-table.ts';
import {findWaiting, keepsOff} from '../mounts/waiting-mounts.ts';

/**
 * Whether a URI leads to no socket but where nobody except root and this user puts one. It need not be ours: whoever is behind a socket
 * elsewhere is not to be asked for what a record says that others may have led there.
 */
export function isSoleSocket(uri: string, user = ownUser()): boolean {
	return socketFits(uri, (socket) => normalize(socket) === socket && isSoleWay(dirname(socket), user));
}

/** The same where others may have such a socket moved, which they cannot have made: whoever is behind it may have what a sandbox is given. */
export function isFirmSocket(uri: string, user = ownUser()): boolean {
	return socketFits(
		uri,
		(socket) => !socket.split('/').includes('..') && isFirmWayAsFar(dirname(normalize(socket)), keepsOff(findWaiting(readMountTable(), user)), user),
	);
}

function ownUser(): number {
	return process.geteuid?.() ?? 0;
}

function socketFits(uri: string, fits: (socket: string) => boolean): boolean {
	try {
		const socket = parseUri(uri).parameters.get('socket');
		return socket === undefined || (socket.startsWith('/') && fits(socket));
	} catch {
		return false;
	}
}
