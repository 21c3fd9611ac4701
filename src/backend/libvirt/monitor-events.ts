import type {CallOptions} from './calls.ts';
import type {Channel} from './channel.ts';
import {programs} from './frames.ts';
import type {Procedure} from './procedures.ts';
import {readDomain, type DomainRef} from './wire-types.ts';

/** An event of QEMU, in its words (`NETDEV_STREAM_DISCONNECTED`); what else QEMU says of it is left out. */
export interface MonitorEvent {
	readonly domain: DomainRef;
	readonly event: string;
}

/** Takes its own errors: what it throws ends the process as an uncaught exception. */
export type MonitorListener = (event: MonitorEvent) => void;

/** VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX. */
const byPattern = 1;

/** Numbers and shapes are those of libvirt's qemu_protocol.x. */
const register: Procedure<[pattern: string], number> = {
	name: 'QEMU_CONNECT_DOMAIN_MONITOR_EVENT_REGISTER',
	program: programs.qemu,
	number: 4,
	write(writer, pattern) {
		// Of all domains.
		writer.unsigned(0);
		writer.optionalString(pattern);
		writer.unsigned(byPattern);
	},
	read: (reader) => reader.signed(),
};

const deregister: Procedure<[callbackId: number], void> = {
	name: 'QEMU_CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER',
	program: programs.qemu,
	number: 5,
	write: (writer, callbackId) => writer.signed(callbackId),
	read: () => undefined,
};

/** QEMU_PROC_DOMAIN_MONITOR_EVENT. */
const monitorMessage = 6;

/** The events of QEMU on one connection, asked for by each listener. */
export class MonitorSource {
	readonly #channel: Channel;
	readonly #listeners = new Map<number, MonitorListener>();

	constructor(channel: Channel) {
		this.#channel = channel;
	}

	async add(pattern: string, listener: MonitorListener, options?: CallOptions): Promise<() => void> {
		this.#channel.onMessage(
			monitorMessage,
			(reader) => {
				const id = reader.signed();
				this.#listeners.get(id)?.({domain: readDomain(reader), event: reader.string()});
			},
			programs.qemu,
		);
		// With its answer: an event may come right behind that.
		const read: typeof register.read = (reader) => {
			const callbackId = register.read(reader);
			this.#listeners.set(callbackId, listener);
			return callbackId;
		};
		const id = await this.#channel.call({...register, read}, [pattern], options);
		return () => {
			this.#listeners.delete(id);
			this.#channel.call(deregister, [id]).catch(() => undefined);
		};
	}
}
