import type {CallOptions} from './calls.ts';
import type {Channel} from './channel.ts';
import {messages, procedures} from './procedures.ts';
import {readDomain, type DomainRef} from './wire-types.ts';

/** virDomainEventType. */
export const lifecycleEvents = {
	defined: 0,
	undefined: 1,
	started: 2,
	suspended: 3,
	resumed: 4,
	stopped: 5,
	shutdown: 6,
	pmSuspended: 7,
	crashed: 8,
} as const;

/** What `detail` says of a domain that has stopped (virDomainEventStoppedDetailType). */
export const stoppedDetails = {
	destroyed: 1,
} as const;

/** A change in a domain's life. */
export interface LifecycleEvent {
	readonly domain: DomainRef;
	/** See `lifecycleEvents`. */
	readonly event: number;
	/** Why, by libvirt's number for that event. */
	readonly detail: number;
}

/** Takes its own errors: what it throws ends the process as an uncaught exception. */
export type LifecycleListener = (event: LifecycleEvent) => void;

const lifecycleEventId = 0;

/** The lifecycle events of all domains of one connection, asked for once, when the first listener comes. */
export class LifecycleSource {
	readonly #channel: Channel;
	readonly #listeners = new Set<LifecycleListener>();
	#registered: Promise<void> | undefined;

	constructor(channel: Channel) {
		this.#channel = channel;
	}

	/** Asks libvirtd for the events, or waits for that; an attempt that failed is made anew. */
	register(options: CallOptions = {}): Promise<void> {
		if (this.#registered === undefined) {
			this.#channel.onMessage(messages.lifecycle, (reader) => {
				reader.signed();
				const event = {domain: readDomain(reader), event: reader.signed(), detail: reader.signed()};
				for (const listener of this.#listeners) {
					listener(event);
				}
			});
			const registered = this.#channel.call(procedures.eventRegisterAny, [lifecycleEventId, undefined], options).then(() => undefined);
			this.#registered = registered;
			registered.catch(() => {
				this.#registered = undefined;
			});
		}

		return this.#registered;
	}

	/** Gives the function that ends it. */
	add(listener: LifecycleListener): () => void {
		// A listener that is given twice counts twice.
		const own: LifecycleListener = (event) => listener(event);
		this.#listeners.add(own);
		return () => {
			this.#listeners.delete(own);
		};
	}
}
