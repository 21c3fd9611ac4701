import {isEmbeddedUri} from '../host/libvirtd/embedded-place.ts';
import type {StartOptions} from '../types.ts';
import {errorCodes, hasCode, LibvirtError, type Connection} from '../libvirt/index.ts';

const startMs = 30_000;

/** Starts a network of libvirt; false: it is active already. */
export async function startNetwork(connection: Connection, name: string, signal?: AbortSignal): Promise<boolean> {
	const network = await connection.networkLookupByName(name, {signal});
	try {
		await connection.networkCreate(network, {signal, timeoutMs: startMs});
		return true;
	} catch (error) {
		if (hasCode(error, errorCodes.operationInvalid)) return false;
		throw error;
	}
}

interface IdleNetworkContext extends Pick<StartOptions, 'accept' | 'signal' | 'voice'> {
	readonly connection: Connection;
	readonly uri: string;
}

/**
 * Starts the network for want of which a create failed: on a libvirtd of our own, which ends it again, and on another where that was
 * agreed to, which is told. False: it was another fault, or the network is its owner's to start.
 */
export async function startIdleNetwork(fault: unknown, {connection, uri, accept, signal, voice}: IdleNetworkContext): Promise<boolean> {
	const isOurs = isEmbeddedUri(uri);
	if ((!isOurs && accept !== true) || !(fault instanceof Error) || !(fault.cause instanceof LibvirtError)) return false;
	const name = /network '([^']*)' is not active/.exec(fault.cause.text)?.[1];
	if (name === undefined) return false;
	const isStarted = await startNetwork(connection, name, signal);
	if (isStarted && !isOurs) voice.notice('info', 'network-started', `Network '${name}' of ${uri} was not active, and is started`);
	return true;
}
