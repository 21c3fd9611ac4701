import {lifecycleEvents, listFlags, type CloseReason, type Connection} from '../backend/libvirt/index.ts';
import type {Calling, DomainEvent, Following} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';
import {watchFreezers} from './watch-freezers.ts';
import {watchNetworks} from './watch-networks.ts';

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

/** Waits until a domain has ended; resolves at once where it has already. Rejects with the signal's reason. */
export async function waitForEnd(connection: Connection, uuid: string, {signal}: Calling): Promise<void> {
	const ended = Promise.withResolvers<void>();
	const remove = await connection.onLifecycle(({domain, event}) => {
		if (domain.uuid === uuid && (event === lifecycleEvents.stopped || event === lifecycleEvents.crashed)) {
			ended.resolve();
		}
	});
	const onAbort = () => ended.reject(signal.reason);
	signal.addEventListener('abort', onAbort);
	try {
		const there = await connection.lookupByUuid(uuid, {signal}).catch(() => undefined);
		signal.throwIfAborted();
		if (there !== undefined && there.id !== -1) {
			await Promise.race([
				ended.promise,
				connection.closed.then(() => Promise.reject(new ShellError('unavailable', 'The connection to libvirtd was lost'))),
			]);
		}
	} finally {
		remove();
		signal.removeEventListener('abort', onAbort);
	}
}
