import type {CallOptions} from './calls.ts';
import type {Channel} from './channel.ts';
import {lifecycleEvents, type LifecycleEvent, type LifecycleSource} from './events.ts';
import {procedures} from './procedures.ts';
import type {LibvirtStream} from './stream.ts';
import type {DomainRef} from './wire-types.ts';

/** The consoles and channels of guests that are open on one connection. Input that comes after a guest's end brings libvirtd 11.3 down, so their events are watched. */
export class Consoles {
	readonly #channel: Channel;
	readonly #lifecycle: LifecycleSource;
	/** With the UUID of the domain. */
	readonly #open = new Map<LibvirtStream, string>();
	#watching = false;

	constructor(channel: Channel, lifecycle: LifecycleSource) {
		this.#channel = channel;
		this.#lifecycle = lifecycle;
	}

	async open(domain: DomainRef, device: string | undefined, flags: number, options: CallOptions | undefined): Promise<LibvirtStream> {
		if (!this.#watching) {
			this.#watching = true;
			this.#lifecycle.add((event) => this.#stopWriting(event));
		}

		// Sent together with the opening. Without events the stream's own end still stops writes.
		this.#lifecycle.register(options).catch(() => undefined);
		const {stream, opened} = this.#channel.openStream(procedures.openConsole, [domain, device, flags], options);
		this.#open.set(stream, domain.uuid);
		stream.once('close', () => this.#open.delete(stream));
		await opened;
		return stream;
	}

	#stopWriting({domain, event}: LifecycleEvent): void {
		if (event !== lifecycleEvents.stopped && event !== lifecycleEvents.shutdown && event !== lifecycleEvents.crashed) {
			return;
		}

		for (const [stream, uuid] of this.#open) {
			if (uuid === domain.uuid) {
				stream.guestEnded();
			}
		}
	}
}
