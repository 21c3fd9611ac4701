import {chmodSync, rmSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import {describeError, receiveLines, sendLine, type ClientLine, type ControlRequest} from './control-line.ts';
import {parseClientLine, parseRequest} from './parse-line.ts';

/** Answers a request; gives what takes the client's later lines. */
export type Answer = (request: ControlRequest, socket: Socket) => Promise<((line: ClientLine) => void) | undefined>;

export interface ControlServer {
	/** Ends it and all that is joined. */
	close(): void;
}

/** Listens on a socket of a state directory, mode 0600; what stands there is of somebody who has gone. */
export function listen(path: string, answer: Answer): ControlServer {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		socket.on('error', () => undefined);
		serveClient(socket, answer);
	});
	// Without it the sandbox still runs; only other processes do not reach it.
	server.on('error', () => undefined);
	rmSync(path, {force: true});
	server.listen(path, () => {
		try {
			chmodSync(path, 0o600);
		} catch {
			// A sandbox that is over by now has gone with its directory.
		}
	});
	// The sandbox keeps this process, its door does not.
	server.unref();
	return {
		close() {
			server.close();
			for (const socket of sockets) socket.destroySoon();
		},
	};
}

function serveClient(socket: Socket, answer: Answer): void {
	let later: ((line: ClientLine) => void) | undefined;
	let isFirst = true;
	receiveLines(socket, (line) => {
		if (!isFirst) {
			const said = parseClientLine(line);
			if (said !== undefined) later?.(said);
			return;
		}
		isFirst = false;
		const answered = async (): Promise<void> => void (later = await answer(parseRequest(line), socket));
		answered().catch((error: unknown) => {
			sendLine(socket, describeError(error));
			socket.end();
		});
	});
}
