import {Duplex} from 'node:stream';
import {ShellError} from '../../../core/errors.ts';
import {openPipeSession, openTerminalSession, type TerminalControl} from '../../guest/session-streams.ts';
import {openConnection, type Connection} from '../../libvirt/index.ts';
import type {SessionProgress} from '../../guest/control-channel.ts';
import type {Session, StartOptions, TerminalSize} from '../../types.ts';
import {usualSize} from '../capture/tap-terminal.ts';
import {explainLibvirtError} from '../explain-libvirt-error.ts';
import type {StreamsPlace} from '../running-sandbox.ts';
import type {ConsoleFacts, ControlRequest, OwnerLine, SessionRequest} from './control-line.ts';
import {answerMs, converse, type Conversation, type ConverseOptions as Options} from './converse.ts';
import {parseSize} from './parse-line.ts';
import {controlPath} from './serve-control.ts';
import {sharedPath, shareTerminal} from './share-terminal.ts';

/** Sends a signal, by number, to the command's process group. */
export async function askSignal(statePath: string, signal: number, options: Options): Promise<void> {
	const conversation = await converse(controlPath(statePath), {ask: 'signal', signal}, options);
	await conversation.answer();
	conversation.close();
}

/** Lets the owner end the sandbox hard. */
export async function askDestroy(statePath: string, options: Options): Promise<void> {
	const conversation = await converse(controlPath(statePath), {ask: 'destroy'}, options);
	await conversation.answer();
	conversation.close();
}

/** Waits for the command's end; gives its status. */
export async function askWait(statePath: string, options: Options): Promise<number> {
	const conversation = await converse(controlPath(statePath), {ask: 'wait'}, options);
	const forget = conversation.closeOnAbort();
	try {
		return expect(await conversation.next(), 'exit').status;
	} catch (error) {
		options.signal?.throwIfAborted();
		throw error;
	} finally {
		forget();
		conversation.close();
	}
}

/** What consoles a sandbox has, as its owner sees them. */
export async function askConsoles(statePath: string, options: Options): Promise<readonly ConsoleFacts[]> {
	const conversation = await converse(controlPath(statePath), {ask: 'consoles'}, options);
	const {consoles} = expect(await conversation.answer(), 'consoles');
	conversation.close();
	return consoles;
}

/** Runs a further command in a sandbox. */
export async function askSession(statePath: string, session: SessionRequest, options: Options & Pick<StartOptions, 'sinks'>): Promise<Session> {
	const conversation = await converse(controlPath(statePath), {ask: 'session', session}, options);
	const forget = conversation.closeOnAbort();
	let held: Connection | undefined;
	let forgetShared = (): void => undefined;
	try {
		const {number, terminal, place} = expect(await conversation.answer(), 'session');
		const {ready, exited, ended} = followSession(conversation);
		const control: TerminalControl = {
			ended,
			send(verb, ...numbers) {
				const [first = 0, second = 0, third = 0] = numbers.map(Number);
				if (verb === 'signal') {
					conversation.say({say: 'signal', signal: second});
				} else if (verb === 'resize') {
					conversation.say({say: 'resize', size: {rows: second, columns: third}});
				}
				void first;
			},
		};
		const joined = await joinStreams(place, {number, terminal, options}, control, {ready, exited});
		held = joined.connection;
		// From its first byte on.
		const shared =
			terminal === undefined ? joined.session : shareTerminal(joined.session, statePath, {name: terminal.name, size: session.size ?? usualSize});
		forgetShared = () => void shared.stdout.destroy();
		conversation.say({say: 'go'});
		await ready;
		return shared;
	} catch (error) {
		forgetShared();
		await held?.close();
		conversation.close();
		options.signal?.throwIfAborted();
		throw error;
	} finally {
		forget();
	}
}

interface JoinOptions {
	readonly number: number;
	readonly terminal: Extract<OwnerLine, {tell: 'session'}>['terminal'];
	readonly options: Options & Pick<StartOptions, 'sinks'>;
}

/** Opens our ends of a session's streams. The connection lasts as long as they do. */
async function joinStreams(
	place: StreamsPlace,
	{number, terminal, options}: JoinOptions,
	control: TerminalControl,
	progress: SessionProgress,
): Promise<{readonly session: Session; readonly connection?: Connection}> {
	const {sinks} = options;
	switch (place.kind) {
		case 'pipes':
			return {session: openPipeSession(place.directory, {number, sinks}).join(control, progress)};
		case 'libvirt': {
			const {tty, mark} = terminal ?? {tty: 0, mark: ''};
			const {connection, console} = await openDirectly(place.uri, place.uuid, tty, options);
			const {session, drained} = openTerminalSession(control, progress, {number, tty, mark, console});
			void drained.then(() => connection.close());
			return {session, connection};
		}
		case 'sockets': {
			const {joinSockets} = await import('../../guest/machine/relayed-session.ts');
			return {session: await joinSockets(place.directory, {number, terminal, sinks}, control, progress)};
		}
		default:
			return place satisfies never;
	}
}

/** `ended` is the end of the sandbox, as far as that is known: the owner has gone before it told the status. */
function followSession(conversation: Conversation): {readonly ready: Promise<void>; readonly exited: Promise<number>; readonly ended: Promise<void>} {
	const ready = Promise.withResolvers<void>();
	const exited = Promise.withResolvers<number>();
	ready.promise.catch(() => undefined);
	exited.promise.catch(() => undefined);
	const follow = async (): Promise<void> => {
		for (;;) {
			const line = await conversation.next();
			if (line.tell === 'ready') {
				ready.resolve();
			} else if (line.tell === 'exit') {
				ready.resolve();
				exited.resolve(line.status);
				return;
			}
		}
	};
	const broken = Promise.withResolvers<void>();
	follow()
		.catch((error: unknown) => {
			ready.reject(error);
			exited.reject(error);
			broken.resolve();
		})
		.finally(() => conversation.close());
	return {ready: ready.promise, exited: exited.promise, ended: broken.promise};
}

async function openDirectly(
	uri: string,
	uuid: string,
	tty: number,
	{signal, trace}: Options,
): Promise<{readonly connection: Connection; readonly console: Duplex}> {
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

/** Joins a console of a running sandbox. `exited` settles with 0 when the console has ended. */
export async function askConsole(statePath: string, name: string, options: Options & {readonly recentBytes?: number | undefined}): Promise<Session> {
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
		console.once('close', () => void connection.close());
		return directSession(console, () => undefined);
	}
	const told = expect(first, 'relay').holder;
	const size = parseSize(told?.size);
	const holder = told === undefined || size === undefined ? undefined : {pid: told.pid, size, onSize: (_size: TerminalSize): void => undefined};
	const {stream, ended} = relayStream(conversation, (to) => {
		if (holder === undefined) return;
		holder.size = to;
		holder.onSize(to);
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
	};
}

/** `ended` rejects where the stream was cut off before the console's end: we were too slow, or who has it died. */
function relayStream(conversation: Conversation, onSize: (size: TerminalSize) => void): {readonly stream: Duplex; readonly ended: Promise<void>} {
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
			} else if (line.tell === 'output' && !stream.push(Buffer.from(line.data, 'base64'))) {
				conversation.hold(true);
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
function directSession(console: Duplex, resize: (size: TerminalSize) => void): Session {
	const exited = Promise.withResolvers<number>();
	console.once('end', () => exited.resolve(0));
	console.once('close', () => exited.resolve(0));
	console.on('error', () => undefined);
	return {stdin: console, stdout: console, stderr: undefined, kill: () => undefined, resize, exited: exited.promise};
}

function expect<Tell extends OwnerLine['tell']>(line: OwnerLine, tell: Tell): Extract<OwnerLine, {tell: Tell}> {
	if (line.tell !== tell) {
		throw new ShellError('failed', 'The sandbox’s owner gave another answer than was asked for', {hint: 'Is it of another version?'});
	}
	return line as Extract<OwnerLine, {tell: Tell}>;
}
