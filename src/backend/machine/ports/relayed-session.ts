import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import type {StartOptions} from '../../types.ts';
import type {SessionProgress} from '../../guest/streams/control-channel.ts';
import {openTerminalSession, pipeNames, type JoinedSession, type TerminalControl, type TerminalSession} from '../../guest/streams/session-streams.ts';
import {openPortSession} from './machine-streams.ts';
import type {Port} from './port.ts';

/** The socket of a session with a terminal, below the directory of a relay. */
export function terminalName(number: number): string {
	return `${number}.tty`;
}

interface JoinRelayOptions {
	readonly number: number;
	/** Undefined: the session has pipes. */
	readonly terminal: {readonly tty: number; readonly mark: string} | undefined;
	readonly sinks: StartOptions['sinks'];
}

/** Joins a session of a machine whose ports another process holds and relays. */
export async function joinSockets(
	directory: string,
	{number, terminal, sinks}: JoinRelayOptions,
	control: TerminalControl,
	progress: SessionProgress,
): Promise<JoinedSession | TerminalSession> {
	if (terminal !== undefined) {
		const console = await connectTo(join(directory, terminalName(number)));
		const joined = openTerminalSession(control, progress, {number, ...terminal, console});
		void joined.drained.then(() => console.destroy());
		return joined;
	}
	const [input, output, errors] = await Promise.all(pipeNames(number).map((name) => connectTo(join(directory, name))));
	if (input === undefined || output === undefined || errors === undefined) throw new TypeError('A session has three pipes');
	const ports = {in: portOf(input), out: portOf(output), err: portOf(errors)};
	const relayed = {
		...control,
		// The relay sees by the end of a socket that nobody wants its bytes.
		send(...words: ReadonlyArray<string | number>) {
			if (words[0] !== 'close') control.send(...words);
			else if (words[2] === 'out') output.destroy();
			else errors.destroy();
		},
	};
	return openPortSession(relayed, {counts: Promise.resolve(undefined), ...progress}, ports, {number, sinks});
}

async function connectTo(path: string): Promise<Socket> {
	const socket = connect({path, allowHalfOpen: true});
	await once(socket, 'connect');
	socket.on('error', () => undefined);
	return socket.pause();
}

function portOf(socket: Socket): Port {
	return {socket: Promise.resolve(socket), stop: () => undefined, close: () => void socket.destroy()};
}
