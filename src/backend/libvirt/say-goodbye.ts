import type {Channel} from './channel.ts';
import {procedures} from './procedures.ts';

/** How long libvirtd may take, in ms, to put away a stream that no guest holds back: it may be busy. And how long one that may be. */
const patience = {free: 10_000, stuck: 1000} as const;

/** Ends a connection in order: streams first, as long as libvirtd needs for that; then the connection, which it has `timeoutMs` for. Never rejects. */
export async function sayGoodbye(channel: Channel, timeoutMs: number): Promise<void> {
	// libvirtd 11.3 locks up for all its clients when a connection ends whose stream still has output to send: its handler closes the
	// client with the client's own lock held.
	const ends = await Promise.allSettled(channel.streams.map((stream) => stream.abort({timeoutMs: stream.mayBeStuck ? patience.stuck : patience.free})));
	// Behind input that a guest does not read nothing gets through any more, a good-bye neither.
	if (channel.reason === undefined && ends.every(({status}) => status === 'fulfilled')) {
		await channel.call(procedures.close, [], {timeoutMs}).catch(() => undefined);
	}

	channel.shutdown({kind: 'closed', message: 'The connection was closed'});
}
