import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {Socket} from 'node:net';
import type {Duplex} from 'node:stream';

/**
 * Has another process hold a connection open for so long, whatever becomes of this one. False: it cannot, since this is no socket of the
 * host or `sleep` is missing.
 */
export async function holdOpen(stream: Duplex, milliseconds: number): Promise<boolean> {
	if (!(stream instanceof Socket)) return false;
	try {
		const holder = spawn('sleep', [String(milliseconds / 1000)], {detached: true, cwd: '/', stdio: ['ignore', 'ignore', 'ignore', stream]});
		await once(holder, 'spawn');
		holder.unref();
		return true;
	} catch {
		// Also where the connection has just been closed.
		return false;
	}
}
