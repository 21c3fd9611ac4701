import {dirname, normalize} from 'node:path';
import {parseUri} from '../../libvirt/index.ts';
import {isSoleWay} from '../files/firm-way.ts';

/**
 * Whether a URI leads to no socket but where nobody except root and this user puts one. It need not be ours: whoever is behind a socket
 * elsewhere is not to be asked for what a record says that others may have led there.
 */
export function isSoleSocket(uri: string, user = process.geteuid?.() ?? 0): boolean {
	let socket: string | undefined;
	try {
		socket = parseUri(uri).parameters.get('socket');
	} catch {
		return false;
	}
	return socket === undefined || (socket.startsWith('/') && normalize(socket) === socket && isSoleWay(dirname(socket), user));
}
