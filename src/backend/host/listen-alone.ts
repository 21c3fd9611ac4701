import {chmodSync} from 'node:fs';
import type {Server} from 'node:net';

/**
 * Listens on a UNIX socket that never is anybody's but ours, whatever the umask is. It is bound at once; what a thread of Node's makes
 * in that moment, too, is ours alone, and still of use to us.
 */
export function listenAlone(server: Server, path: string): void {
	const umask = process.umask(0o077);
	try {
		server.listen(path);
	} finally {
		process.umask(umask);
	}
	// A fault is told later, by an event.
	if (server.listening) chmodSync(path, 0o600);
}
