import {lstatSync, renameSync, rmSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import {onceClosed} from '../../core/stream-ends.ts';
import {listenAlone} from '../host/listen-alone.ts';
import {randomHex} from '../host/random.ts';
import {describeError, receiveLines, sendLine, type ClientLine, type ControlRequest} from './control-line.ts';
import {parseClientLine, parseRequest} from './parse-line.ts';

/** Answers a request; gives what takes the client's later lines. */
type Answer = (request: ControlRequest, socket: Socket) => Promise<((line: ClientLine) => void) | undefined>;

export interface ControlServer {
	/** Ends it and all that is joined. */
	close(): void;
}

/** A client that does not take the last of what it is told is not waited for longer, in ms. */
const lastWordsMs = 1000;

/**
 * Listens on a socket of a state directory, mode 0600 from the moment it has its name. It takes the place of one that somebody left
 * there, and its end leaves alone what has taken its own.
 */
export function listen(path: string, answer: Answer): ControlServer {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		onceClosed(socket, () => sockets.delete(socket));
		socket.on('error', () => undefined);
		serveClient(socket, answer);
	});
	// Without it the sandbox still runs; only other processes do not reach it.
	server.on('error', () => undefined);
	const ownName = `${path}.${randomHex(8)}`;
	let inode: bigint | undefined;
	listenAlone(server, ownName);
	try {
		// It is there at once; faults alone come later.
		inode = inodeOf(ownName);
		renameSync(ownName, path);
	} catch {
		// A sandbox that is over by now has gone with its directory.
	}
	// The sandbox keeps this process, its door does not.
	server.unref();
	return {
		close() {
			server.close();
			if (inode !== undefined && inode === inodeOf(path)) rmSync(path, {force: true});
			for (const socket of sockets) {
				socket.destroySoon();
				setTimeout(() => socket.destroy(), lastWordsMs).unref();
			}
		},
	};
}

/** Undefined: there is nothing. */
function inodeOf(path: string): bigint | undefined {
	return lstatSync(path, {bigint: true, throwIfNoEntry: false})?.ino;
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
