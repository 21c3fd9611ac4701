import {Duplex} from 'node:stream';
import {ShellError} from '../../core/errors.ts';
import {onceClosed, onceOver} from '../../core/stream-ends.ts';
import type {GuestSession, TerminalSize} from '../types.ts';
import type {ControlRequest} from './control-line.ts';
import {converse, expect, type Conversation, type ConverseOptions} from './converse.ts';
import {openDirectly} from './open-directly.ts';
import {parseSize} from './parse-line.ts';
import {controlPath} from './serve-control.ts';
import {sharedPath} from './share-terminal.ts';

/** Joins a console of a running sandbox. `exited` settles with 0 when the console has ended. */
export async function askConsole(
	statePath: string,
	name: string,
	options: ConverseOptions & {readonly recentBytes?: number | undefined},
): Promise<GuestSession> {
	const shared = sharedPath(statePath, name);
	const request: ControlRequest = {ask: 'console', console: name, recentBytes: options.recentBytes};
	const conversation = await converse(shared ?? controlPath(statePath), request, options).catch((error: unknown) => {
		if (shared === undefined || !(error instanceof ShellError) || error.code !== 'unavailable') throw error;
		throw new ShellError('not-found', `Nobody runs a command on '${name}' of this sandbox`, {hint: 'See who does with `consoles`', cause: error});
	});
	const first = await conversation.answer();
	if (first.tell === 'direct') {
		conversation.close();
		const {connection, console} = await openDirectly(first.uri, first.uuid, first.tty, options);
		onceClosed(console, () => void connection.close());
		return directSession(console);
	}
	const told = expect(first, 'relay').holder;
	const size = parseSize(told?.size);
	const holder = told === undefined || size === undefined ? undefined : {pid: told.pid, size, onSize: (_size: TerminalSize): void => undefined};
	const past = {bytes: 0};
	const {stream, ended} = relayStream(conversation, {
		onSize(to) {
			if (holder === undefined) return;
			holder.size = to;
			holder.onSize(to);
		},
		onPast: (bytes) => void (past.bytes = bytes),
	});
	const exited = ended.then(() => 0);
	// Whoever wants to know hears it.
	exited.catch(() => undefined);
	return {
		stdin: stream,
		stdout: stream,
		stderr: undefined,
		kill: () => undefined,
		resize: (to) => conversation.say({say: 'resize', size: to}),
		exited,
		console: name,
		holder,
		past,
	};
}

/** `ended` rejects where the stream was cut off before the console's end: we were too slow, or who has it died. */
function relayStream(
	conversation: Conversation,
	{onSize, onPast}: {readonly onSize: (size: TerminalSize) => void; readonly onPast: (bytes: number) => void},
): {readonly stream: Duplex; readonly ended: Promise<void>} {
	const stream = new Duplex({
		read: () => conversation.hold(false),
		write(chunk: Buffer, _encoding, callback) {
			conversation.say({say: 'input', data: chunk.toString('base64')}, callback);
		},
		destroy(error, callback) {
			conversation.close();
			callback(error);
		},
	});
	const follow = async (): Promise<void> => {
		for (;;) {
			const line = await conversation.next();
			if (line.tell === 'done') return;
			if (line.tell === 'size') {
				const size = parseSize(line.size);
				if (size !== undefined) onSize(size);
			} else if (line.tell === 'output') {
				if (typeof line.answered === 'number') onPast(line.answered);
				if (!stream.push(Buffer.from(line.data, 'base64'))) conversation.hold(true);
			}
		}
	};
	const ended = follow()
		.catch((error: unknown) => {
			// Who leaves it does not wonder.
			if (!stream.destroyed) throw error;
		})
		.finally(() => void stream.push(null));
	return {stream, ended};
}

/** A console that libvirt itself opened. */
function directSession(console: Duplex): GuestSession {
	const exited = Promise.withResolvers<number>();
	onceOver(console, () => exited.resolve(0));
	console.on('error', () => undefined);
	return {stdin: console, stdout: console, stderr: undefined, kill: () => undefined, resize: () => undefined, exited: exited.promise};
}
