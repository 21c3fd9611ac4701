import type {Duplex} from 'node:stream';
import {openConnection, type Connection} from '../libvirt/index.ts';
import {requireLocalUri} from '../host/libvirtd/local-uri.ts';
import {explainLibvirtError} from '../host/libvirtd/explain-libvirt-error.ts';
import {answerMs, type ConverseOptions} from './converse.ts';

/** Opens a console of a domain of this host, on a connection of its own that the caller closes. */
export async function openDirectly(
	uri: string,
	uuid: string,
	tty: number,
	{signal, trace}: ConverseOptions,
): Promise<{readonly connection: Connection; readonly console: Duplex}> {
	requireLocalUri(uri);
	let connection: Connection | undefined;
	try {
		connection = await openConnection(uri, {signal, trace, timeoutMs: answerMs});
		const domain = await connection.lookupByUuid(uuid, {signal});
		return {connection, console: await connection.openConsole(domain, `console${tty - 1}`, 0, {signal})};
	} catch (error) {
		await connection?.close();
		throw explainLibvirtError(error, uri);
	}
}
