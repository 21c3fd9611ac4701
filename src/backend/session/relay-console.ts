import type {Socket} from 'node:net';
import {onceClosed} from '../../core/stream-ends.ts';
import type {JoinableConsole} from './capture/captured-console.ts';
import {sendLine, type ClientLine} from './control-line.ts';

/** A client that reads so slowly that this much waits for it is let go. */
const mostPending = 4 * 1024 * 1024;

/** Joins a client to a console; gives what takes the client's lines. */
export function relayConsole(console: JoinableConsole, socket: Socket, recentBytes: number | undefined): (line: ClientLine) => void {
	sendLine(socket, {tell: 'relay', holder: console.size === undefined ? undefined : {pid: process.pid, size: console.size}});
	const leave = console.join(
		{
			onData(data, answered) {
				sendLine(socket, {tell: 'output', data: Buffer.from(data).toString('base64'), answered});
				if (socket.writableLength > mostPending) socket.destroy();
			},
			onEnd() {
				sendLine(socket, {tell: 'done'});
				socket.end();
			},
			onSize: (size) => sendLine(socket, {tell: 'size', size}),
		},
		recentBytes,
	);
	onceClosed(socket, leave);
	return (line) => {
		if (line.say === 'input') {
			const {input} = console;
			// Who types faster than the guest reads waits.
			if (input?.writable === true && !input.write(Buffer.from(line.data, 'base64')) && !socket.isPaused()) {
				socket.pause();
				input.once('drain', () => socket.resume());
			}
		} else if (line.say === 'resize') {
			console.resize(line.size);
		}
	};
}
