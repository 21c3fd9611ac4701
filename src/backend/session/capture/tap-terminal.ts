import {pipeline, Transform} from 'node:stream';
import type {GuestSession, TerminalSize} from '../../types.ts';
import {createBroadcaster} from './broadcast.ts';
import type {JoinableConsole} from './captured-console.ts';

/** A session whose terminal others may join: who has the session gets its bytes as before, and says how large it is. */
interface TappedTerminal {
	readonly session: GuestSession;
	readonly console: JoinableConsole;
}

/** Taps the terminal of a session, which nobody has read from yet. */
export function tapTerminal(session: GuestSession, {name, size}: {readonly name: string; readonly size: TerminalSize}): TappedTerminal {
	const broadcaster = createBroadcaster();
	let current = size;
	const output = new Transform({
		transform(chunk: Buffer, _encoding, callback) {
			broadcaster.send(chunk);
			callback(null, chunk);
		},
	});
	// A fault of either is the end of both.
	pipeline(session.stdout, output, broadcaster.end);
	// Whoever has the session hears of it; it may come before that.
	output.on('error', () => undefined);
	session.stdin.on('error', () => undefined);
	return {
		session: {
			...session,
			console: name,
			stdout: output,
			resize(to) {
				current = to;
				session.resize(to);
				broadcaster.sendSize(to);
			},
		},
		console: {
			name,
			state: 'in use',
			input: session.stdin,
			get size() {
				return current;
			},
			resize: () => undefined,
			join: broadcaster.join,
		},
	};
}
