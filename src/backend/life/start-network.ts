import {embeddedUri} from '../host/embedded-libvirtd.ts';
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

/**
 * Starts the network for want of which a create failed, on a libvirtd of our own: it is ours, and ends it again. False: it was
 * another fault, or another libvirtd, whose networks are its owner's.
 */
export async function startIdleNetwork(fault: unknown, connection: Connection, uri: string, signal?: AbortSignal): Promise<boolean> {
	if (!isOfEmbedded(uri) || !(fault instanceof Error) || !(fault.cause instanceof LibvirtError)) return false;
	const name = /network '([^']*)' is not active/.exec(fault.cause.text)?.[1];
	if (name === undefined) return false;
	await startNetwork(connection, name, signal);
	return true;
}

function isOfEmbedded(uri: string): boolean {
	return uri.replace(/^[^:]+/, '') === embeddedUri().replace(/^[^:]+/, '');
}
