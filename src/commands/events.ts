import {defineCommand, option, optional} from './command.ts';
import {count, seconds} from './kinds.ts';
import {anyName} from './names.ts';
import {callingFor} from './running.ts';

export const events = defineCommand({
	name: 'events',
	aliases: ['event'],
	group: 'look',
	summary: 'Report starts, ends and other changes as they happen',
	description: 'Until ^C, or as long as --timeout and --count say.',
	params: {
		name: optional(anyName, 'of this one only'),
		count: option(count('N', 1, 1_000_000), 'end after so many'),
		timeout: option(seconds, 'end after this time'),
	},
	examples: [
		['events --timeout 1', 'listens for a second'],
		['events web --count 1 --timeout 60', 'waits for one event of web'],
	],
	async *run({name, count: most, timeout}, context) {
		const calling = callingFor(context, name);
		const late = timeout === undefined ? undefined : AbortSignal.timeout(timeout);
		let seen = 0;
		try {
			for await (const event of context.sandboxes.events({
				...calling,
				signal: late === undefined ? calling.signal : AbortSignal.any([calling.signal, late]),
			})) {
				if (name === undefined || event.name === name) {
					yield {kind: 'record', type: 'event', fields: {time: new Date(event.timeMs).toISOString(), name: event.name, event: event.event}};
					seen++;
					if (seen === most) {
						return;
					}
				}
			}
		} catch (error) {
			// The time may be over before libvirtd has answered.
			if (late?.aborted !== true || error !== late.reason) throw error;
		}
		calling.signal.throwIfAborted();
	},
});
