import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import type {Channel} from '../channel.ts';

/** What a process that ends may leave open beside its connection. */
export type HeldSocket = Socket;

/** Ends our side of a connection and lets libvirtd see it open for so long. False: it cannot be, and nothing has changed. */
export async function leaveOpen(channel: Channel, milliseconds: number, others: readonly HeldSocket[]): Promise<boolean> {
	if (channel.reason !== undefined || !(await holdOpen(channel.transport.stream, milliseconds, others))) return false;
	channel.shutdown({kind: 'closed', message: 'The connection was left to another process'});
	return true;
}

/**
 * Has another process hold a connection, and sockets beside it, open for so long, whatever becomes of this one. False: it cannot, since
 * this is no socket of the host or `sleep` is missing.
 */
export async function holdOpen(stream: Duplex, milliseconds: number, others: readonly HeldSocket[] = []): Promise<boolean> {
	if (!(stream instanceof Socket)) return false;
	try {
		const holder = spawn('sleep', [String(milliseconds / 1000)], {detached: true, cwd: '/', stdio: ['ignore', 'ignore', 'ignore', stream, ...others]});
		await once(holder, 'spawn');
		holder.unref();
		return true;
	} catch {
		// Also where the connection has just been closed.
		return false;
	}
}
