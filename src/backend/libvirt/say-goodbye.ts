import type {Channel} from './channel.ts';
import {procedures} from './procedures.ts';

/** Ends a connection in order: streams first, then the connection. Waits `timeoutMs` at most for each of the two. Never rejects. */
export async function sayGoodbye(channel: Channel, timeoutMs: number): Promise<void> {
	// libvirtd 11.3 may lock up for all its clients when a connection ends whose stream still has output to send.
	const ends = await Promise.allSettled(channel.streams.map((stream) => stream.abort({timeoutMs})));
	// Behind input that a guest does not read nothing gets through any more, a good-bye neither.
	if (channel.reason === undefined && ends.every(({status}) => status === 'fulfilled')) {
		await channel.call(procedures.close, [], {timeoutMs}).catch(() => undefined);
	}

	channel.shutdown({kind: 'closed', message: 'The connection was closed'});
}
