import {chooseDriver} from '../backend/domain/drivers.ts';
import {lifecycleEvents, listFlags, type CloseReason, type Connection} from '../backend/libvirt/index.ts';
import {onNetworkChange, type NetworkChange} from '../backend/start/network-changes.ts';
import type {DomainEvent, Following} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';
import {watchFreezers} from './watch-freezers.ts';

const words: ReadonlyMap<number, string> = new Map(Object.entries(lifecycleEvents).map(([word, number]) => [number, word]));

/** Changes in the life of a connection's domains, as they come; ends when the signal is aborted. */
export async function* followEvents(connection: Connection, {uri, signal, onReady}: Following & {readonly uri: string}): AsyncGenerator<DomainEvent> {
	const queue: DomainEvent[] = [];
	let wake = (): void => {};
	let lost: CloseReason | undefined;
	const push = (name: string, event: string): void => {
		queue.push({timeMs: Date.now(), name, event, ours: undefined});
		wake();
	};
	const freezers = watchFreezers(uri, push);
	const remove = await connection.onLifecycle(({domain, event}) => {
		push(domain.name, words.get(event) ?? `event ${event}`);
		if (event === lifecycleEvents.started) freezers?.add(domain);
		if (event === lifecycleEvents.stopped) freezers?.forget(domain);
	});
	if (freezers !== undefined) {
		for (const domain of await connection.listAllDomains(listFlags.active, {signal})) freezers.add(domain);
	}
	const removeNetworks = await watchNetworks(connection, uri, push);
	onReady?.();
	const onAbort = () => wake();
	signal.addEventListener('abort', onAbort);
	void connection.closed.then((reason) => {
		lost = reason;
		wake();
	});
	try {
		for (;;) {
			const next = queue.shift();
			if (next !== undefined) {
				yield next;
				continue;
			}
			if (signal.aborted) {
				return;
			}
			if (lost !== undefined) {
				throw new ShellError('unavailable', lost.message, {cause: lost.cause});
			}
			await new Promise<void>((resolve) => {
				wake = resolve;
			});
		}
	} finally {
		remove();
		removeNetworks();
		freezers?.close();
		signal.removeEventListener('abort', onAbort);
	}
}

/** Tells of user networks of machines that end or come back; gives what ends that. What may only be looked at tells nothing of them. */
async function watchNetworks(connection: Connection, uri: string, onEvent: (name: string, event: NetworkChange) => void): Promise<() => void> {
	const none = (): void => undefined;
	if (!chooseDriver(undefined, uri).hasMonitorEvents) return none;
	return onNetworkChange(connection, ({name}, change) => onEvent(name, change)).catch(() => none);
}

/** Waits until a domain has ended; resolves at once where it has already. Rejects with the signal's reason. */
export async function waitForEnd(connection: Connection, uuid: string, signal: AbortSignal): Promise<void> {
	const ended = Promise.withResolvers<void>();
	const remove = await connection.onLifecycle(({domain, event}) => {
		if (domain.uuid === uuid && (event === lifecycleEvents.stopped || event === lifecycleEvents.crashed)) {
			ended.resolve();
		}
	});
	try {
		const there = await connection.lookupByUuid(uuid, {signal}).catch(() => undefined);
		signal.throwIfAborted();
		if (there !== undefined && there.id !== -1) {
			const lost = connection.closed.then(() => Promise.reject(new ShellError('unavailable', 'The connection to libvirtd was lost')));
			await interruptible(Promise.race([ended.promise, lost]), signal);
		}
	} finally {
		remove();
	}
}

/** Waits for a promise, or rejects with the signal's reason. */
export async function interruptible<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
	signal.throwIfAborted();
	const aborted = Promise.withResolvers<never>();
	const onAbort = () => aborted.reject(signal.reason);
	signal.addEventListener('abort', onAbort, {once: true});
	try {
		return await Promise.race([promise, aborted.promise]);
	} finally {
		signal.removeEventListener('abort', onAbort);
	}
}
