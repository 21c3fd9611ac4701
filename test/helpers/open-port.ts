import {mkdtempSync, rmSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {listenForPort, type Port} from '../../src/backend/machine/ports/port.ts';

/** A port, and QEMU's end of it. */
export async function openPort(t: ExecutionContext): Promise<{readonly port: Port; readonly path: string; readonly qemu: () => Promise<Socket>}> {
	const directory = mkdtempSync(join(tmpdir(), 'port-'));
	const path = join(directory, 'port');
	const port = await listenForPort(path);
	const sockets: Socket[] = [];
	t.teardown(() => {
		for (const socket of sockets) socket.destroy();
		port.close();
		rmSync(directory, {recursive: true});
	});
	const qemu = (): Promise<Socket> =>
		new Promise((resolve, reject) => {
			const socket = connect({path, allowHalfOpen: true}, () => resolve(socket));
			socket.once('error', reject);
			sockets.push(socket);
		});
	return {port, path, qemu};
}
