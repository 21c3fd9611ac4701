import type {Socket} from 'node:net';
import {setTimeout as wait} from 'node:timers/promises';
import {ShellError} from '../../../core/errors.ts';
import {listenForQemu, type Port} from './port.ts';

/** How long QEMU may take to connect anew, and its guest to hear of that. */
const reconnectMs = 10_000;
const hearMs = 50;

/** The host's end of a port that serves one session after another. */
export interface RenewedPort {
	/** The connection that is there, or comes next; closing it renews the port. */
	current(): Port;
	/** Ends the connection, with all that is on its way; QEMU makes another. */
	renew(): void;
	close(): void;
}

/** A socket that QEMU connects to again whenever a session has ended its connection. */
export async function listenForRenewals(path: string): Promise<RenewedPort> {
	let connected = Promise.withResolvers<Socket>();
	let socket: Socket | undefined;
	const server = await listenForQemu(path, (comer) => {
		if (socket !== undefined) return false;
		socket = comer;
		connected.resolve(comer);
		return true;
	});
	// The sandbox keeps this process, its spare ports do not.
	server.unref();
	const renew = (): void => {
		socket?.destroy();
		socket = undefined;
		connected = Promise.withResolvers();
	};
	return {
		current: () => ({socket: connected.promise, stop: () => undefined, close: renew}),
		renew,
		close() {
			server.close();
			socket?.destroy();
		},
	};
}

/** Waits until QEMU has connected to all of them. `isAnew`: and until its guest has heard of that; before, a command would see its end. */
export async function awaitConnected(ports: readonly RenewedPort[], isAnew: boolean): Promise<void> {
	const late = new AbortController();
	const timer = wait(reconnectMs, 'late' as const, {signal: late.signal}).catch(() => undefined);
	const outcome = await Promise.race([timer, Promise.all(ports.map((port) => port.current().socket))]);
	late.abort();
	if (outcome === 'late') throw new ShellError('failed', 'The machine does not open its ports for a further command', {hint: 'Does it still run?'});
	if (isAnew) await wait(hearMs);
}
