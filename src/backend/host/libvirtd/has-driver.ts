import {errorCodes, hasCode, openConnection} from '../../libvirt/index.ts';

const askMs = 10_000;

/** Whether the daemon that serves a URI has its driver. Whatever else is wrong with it, the connection that is opened for use will tell. */
export async function hasDriver(uri: string, signal?: AbortSignal): Promise<boolean> {
	try {
		const connection = await openConnection(uri, {signal, timeoutMs: askMs, batch: true});
		await connection.close();
		return true;
	} catch (error) {
		return !hasCode(error, errorCodes.noConnect);
	}
}
